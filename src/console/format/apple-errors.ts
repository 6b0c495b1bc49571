/** What devices say went wrong, in plain words; codes that nobody wrote words for are shown as the device wrote them. */
import { appleErrors } from "../texts/apple-errors.ts";
import { type KnownError, noWords } from "../texts/apple-error-advice.ts";

export type PlainError = {
  /** `MCMDMErrorDomain 12021`, for whoever searches. */
  readonly code: string;
  readonly meaning: string;
  /** Null when the words of the device are all there is to say. */
  readonly advice: string | null;
};

/** Reads the error chain of a command's answer; the first is the one that matters most. */
export function plainErrors(chain: unknown): readonly PlainError[] {
  if (!Array.isArray(chain)) return [];
  return chain.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const { ErrorCode: number, ErrorDomain: domain, ...texts } = entry as Readonly<Record<string, unknown>>;
    if (typeof domain !== "string" && typeof number !== "number") return [];
    const code = [domain, number]
      .filter((part) => typeof part === "string" || typeof part === "number")
      .join(" ");
    const [meaning, advice] = find(domain, number) ?? [words(texts) ?? noWords, null];
    return [{ code, meaning, advice }];
  });
}

/** Reads the reasons that a status report gives for a declaration that is not valid; Apple writes their words. */
export function declarationErrors(reasons: unknown): readonly PlainError[] {
  if (!Array.isArray(reasons)) return [];
  return reasons.flatMap((entry: unknown) => {
    const { code, description } = (entry ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof code !== "string") return [];
    return [{ code, meaning: typeof description === "string" ? description : code, advice: null }];
  });
}

function find(domain: unknown, number: unknown): KnownError | undefined {
  return typeof domain === "string" && typeof number === "number" ? appleErrors[domain]?.[number] : undefined;
}

function words(texts: Readonly<Record<string, unknown>>): string | null {
  for (const name of ["USEnglishDescription", "LocalizedDescription"]) {
    const text = texts[name];
    if (typeof text === "string" && text !== "") return text;
  }
  return null;
}

/** The codes there are words for. */
export const knownErrorCodes: readonly string[] = Object.entries(appleErrors).flatMap(([domain, codes]) =>
  Object.keys(codes).map((code) => `${domain} ${code}`),
);
