/** Which passwords people may choose (console-ops 2.4): long, not common, not the account's own names, not again. */
import type { Refusal } from "#platform/errors.ts";
import type { Secret } from "#platform/secret.ts";

export const passwordCharactersMin = 12;
export const passwordCharactersMax = 1024;

/** Words that people build passwords from when they shall be long; digits and signs around them add nothing. */
const commonWords = new Set(
  (
    "password passwort passw0rd p@ssw0rd qwerty qwertz azerty qwertyuiop asdfghjkl zxcvbnm letmein welcome changeme " +
    "iloveyou administrator admin root login secret master dragon monkey sunshine princess football baseball superman " +
    "batman shadow michael jordan trustno1 starwars whatever computer internet hello freedom default temporary " +
    "company summer winter spring autumn monday friday january december apple iphone macbook pomona server " +
    "abc abcdef abcdefgh abcdefghijkl test testing guest user correcthorsebatterystaple"
  ).split(" "),
);

/** Refuses a password that would be guessed. */
export function refusePassword(
  password: Secret<string>,
  account: {
    readonly username: string;
    readonly email: string;
    readonly currentPassword: Secret<string> | null;
  },
): Refusal | null {
  const text = password.reveal();
  const refuse = (code: string, detail: string): Refusal => ({
    kind: "invalid",
    code: `password_${code}`,
    field: "new_password",
    detail,
  });
  if (text.length < passwordCharactersMin)
    return refuse(
      "short",
      `This password is too short. It must contain at least ${passwordCharactersMin} characters.`,
    );
  if (text.length > passwordCharactersMax)
    return refuse("long", `Ensure this field has no more than ${passwordCharactersMax} characters.`);
  if (/^\p{N}+$/u.test(text)) return refuse("numeric", "This password is entirely numeric.");
  if (isCommon(text)) return refuse("common", "This password is too common.");
  if (isLikeNames(text, [account.username, ...account.email.split("@")]))
    return refuse("similar", "The password is too similar to your username or email address.");
  if (text === account.currentPassword?.reveal())
    return refuse("reused", "The new password must differ from the present one.");
  return null;
}

/** Common words with digits and signs around them, few characters over and over, and rows of the alphabet. */
function isCommon(text: string): boolean {
  const lower = text.toLowerCase();
  if (new Set(lower).size < 5) return true;
  const word = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const parts = lower.split(/[^\p{L}]+/u).filter((part) => part !== "");
  const isBuiltOfCommon = parts.length > 0 && parts.every((part) => commonWords.has(part) || part.length < 3);
  return commonWords.has(lower) || commonWords.has(word) || isBuiltOfCommon || isRepeated(lower);
}

/** `abcabcabcabc`, `password password`. */
function isRepeated(text: string): boolean {
  return /^(.{1,8}?)\1{2,}.{0,3}$/u.test(text) || /^(.{4,})[^\p{L}\p{N}]*\1$/u.test(text);
}

/** A name of four letters or more that is at least a third of the password. */
function isLikeNames(text: string, names: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return names
    .flatMap((name) => [name, ...name.split(/[^\p{L}\p{N}]+/u)])
    .some((name) => name.length >= 4 && lower.includes(name.toLowerCase()) && name.length * 3 >= text.length);
}
