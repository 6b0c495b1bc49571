/** Who is logged in, and what they may do. The server decides; this only spares people buttons that cannot work. */
import { type QueryClient, queryOptions, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { api, keepCsrfToken, unwrap } from "../api/client.ts";

const sessionKey = ["session"] as const;

async function readSession() {
  const session = await unwrap(api.GET("/api/session/", {}));
  keepCsrfToken(session.csrf_token);
  return session;
}

/** The session as the server describes it; also when nobody is logged in. */
export type SessionAnswer = Awaited<ReturnType<typeof readSession>>;

export const sessionQuery = queryOptions({ queryKey: sessionKey, queryFn: readSession, staleTime: 60_000 });

export type Session = {
  readonly answer: SessionAnswer;
  /** Whether the account holds a permission codename such as `mdm.view_artifact`. */
  readonly can: (permission: string) => boolean;
};

/** The session of the page; suspends until it is known. */
export function useSession(): Session {
  const { data } = useSuspenseQuery(sessionQuery);
  return { answer: data, can: (permission) => holdsPermission(data, permission) };
}

/** Whether a session holds a permission; superusers hold all. */
export function holdsPermission({ account }: SessionAnswer, permission: string): boolean {
  if (account === null) return false;
  return account.is_superuser || account.permissions.includes(permission);
}

/** Takes the session that a login or logout answered with. */
export function takeSession(queryClient: QueryClient, session: SessionAnswer): void {
  keepCsrfToken(session.csrf_token);
  queryClient.setQueryData(sessionKey, session);
}

/** Logs out, and forgets everything that was read. */
export function useLogout(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await unwrap(api.DELETE("/api/session/", {}));
    keepCsrfToken(null);
    queryClient.clear();
    globalThis.location.assign("/login");
  };
}
