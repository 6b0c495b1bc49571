/** What `pomona doctor` finds, how bad it is, and the rules that say so. Pure; the shell gathers the facts. */
import { isLoopbackHost } from "#platform/config-values.ts";

export type FindingLevel = "ok" | "warn" | "fail";

export type Finding = {
  readonly level: FindingLevel;
  /** What was looked at, in one or two words. */
  readonly subject: string;
  readonly detail: string;
  /** What to do about it; null when nothing is to be done. */
  readonly advice: string | null;
};

/** From here on an expiry is told of: a month is what the renewal of a push certificate may take. */
export const expiryWarningDays = 30;
/** Devices and signatures bear some skew; more than this makes certificates begin in the future. */
export const clockSkewSecondsMax = 60;
/** Below this the database soon cannot write any more. */
export const freeBytesMin = 256 * 1024 * 1024;
/** Below this somebody should look. */
export const freeBytesWarning = 2 * 1024 * 1024 * 1024;
/** Oldest database that is supported. */
export const databaseVersionMin = 150_000;

const dayMilliseconds = 86_400_000;

export function ok(subject: string, detail: string): Finding {
  return { level: "ok", subject, detail, advice: null };
}

export function warn(subject: string, detail: string, advice: string): Finding {
  return { level: "warn", subject, detail, advice };
}

export function fail(subject: string, detail: string, advice: string): Finding {
  return { level: "fail", subject, detail, advice };
}

/** The validity of a certificate at a moment. */
export function judgeValidity(
  subject: string,
  certificate: { readonly name: string; readonly notBefore: Date; readonly notAfter: Date },
  { at, renewal }: { readonly at: Date; readonly renewal: string },
): Finding {
  const { name, notBefore, notAfter } = certificate;
  const day = notAfter.toISOString().slice(0, 10);
  if (at < notBefore)
    return fail(subject, `${name} is not valid before ${notBefore.toISOString()}`, "Check the clock");
  if (at >= notAfter) return fail(subject, `${name} expired on ${day}`, renewal);
  const days = Math.floor((notAfter.getTime() - at.getTime()) / dayMilliseconds);
  if (days < expiryWarningDays) return warn(subject, `${name} expires on ${day}, in ${days} days`, renewal);
  return ok(subject, `${name} is valid until ${day}`);
}

/** Where devices are sent. */
export function judgeBaseUrl(baseUrl: URL | null): Finding {
  const subject = "address";
  const advice = "Set POMONA_BASE_URL (or api.fqdn) to the https URL that devices reach";
  if (baseUrl === null) return warn(subject, "No base URL is set: profiles name this machine alone", advice);
  if (isLoopbackHost(baseUrl.hostname)) return warn(subject, `${baseUrl.origin} reaches no device`, advice);
  return ok(subject, `Devices are sent to ${baseUrl.origin}`);
}

/** The clocks of this machine and of the database. */
export function judgeClocks(at: Date, databaseNow: Date): Finding {
  const seconds = Math.round(Math.abs(at.getTime() - databaseNow.getTime()) / 1000);
  if (seconds <= clockSkewSecondsMax) return ok("clock", `${at.toISOString()}, as in the database`);
  const detail = `This machine and its database differ by ${seconds} seconds`;
  return fail("clock", detail, "Set both clocks by NTP");
}

/** Room on the disk of a folder. */
export function judgeDisk(freeBytes: number): Finding {
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB are free`;
  const advice = "Make room, or move the data folder";
  if (freeBytes < freeBytesMin) return fail("disk", free, advice);
  return freeBytes < freeBytesWarning ? warn("disk", free, advice) : ok("disk", free);
}

/** What ran in a database against what this release brings. */
export function judgeMigrations(ran: readonly string[] | null, known: readonly string[]): Finding {
  const subject = "migrations";
  if (ran === null)
    return warn(subject, "The database is empty", "Start the server once: it makes its tables");
  const future = ran.filter((name) => !known.includes(name));
  const missing = known.filter((name) => !ran.includes(name));
  if (future.length > 0) {
    const detail = `The database knows "${future[0]}", which this release does not`;
    return warn(subject, detail, "Run the release that made it, or a later one");
  }
  if (missing.length > 0) {
    return warn(subject, `${missing.length} have not run`, "Start the server: it runs them");
  }
  return ok(subject, `All ${known.length} have run`);
}

/** The age of the database. */
export function judgeDatabaseVersion(versionNumber: number): Finding {
  const version = `PostgreSQL ${Math.floor(versionNumber / 10_000)}.${versionNumber % 10_000}`;
  if (versionNumber >= databaseVersionMin) return ok("database", `${version} answers`);
  return fail("database", `${version} is too old`, "Use PostgreSQL 15 or later");
}

/** One line per finding, advice below it. */
export function formatFindings(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = findings.flatMap(({ level, subject, detail, advice }) => [
    `${level.padEnd(4)}  ${subject.padEnd(width)}  ${detail}`,
    ...(advice === null ? [] : [`${" ".repeat(width + 8)}→ ${advice}`]),
  ]);
  const count = (level: FindingLevel): number => findings.filter((finding) => finding.level === level).length;
  return [...lines, `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} to mend`];
}
