import { QueryClient } from "@tanstack/react-query";
import { ApiFailure } from "./failure.ts";

/** How long an answer counts as fresh: pages of one object ask for the same things. */
const freshSeconds = 10;

/** Makes the cache of answers. Refusals are final; only what may heal is asked for again. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: freshSeconds * 1000,
        retry: (count, error) => count < 2 && isTransient(error),
      },
    },
  });
}

function isTransient(error: unknown): boolean {
  return error instanceof ApiFailure && (error.status === 0 || error.status >= 502);
}
