/** Structured logs. Secrets print as `[secret]` because `Secret` says so itself; errors tell what an allow-list names. */
import { type DestinationStream, type Logger as PinoLogger, pino, stdSerializers } from "pino";

export type Logger = PinoLogger;

/**
 * Members of errors that are logged beside type, message and stack. PostgreSQL's `detail` and `where` are not: they
 * quote whole rows, with the push tokens and whatever else is in them.
 */
const errorMembers = [
  "code",
  "errno",
  "syscall",
  "address",
  "port",
  "severity",
  "schema",
  "table",
  "column",
  "constraint",
  "routine",
];

/** Makes the process logger, JSON lines on standard error so that standard output stays for answers. */
export function createLogger(level: string, destination: DestinationStream = pino.destination(2)): Logger {
  const serializers = { err: tellError };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers }, destination);
}

function tellError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  // The library's own serializer adds the chain of causes to message and stack.
  const { type, message, stack } = stdSerializers.err(error);
  const facts = Object.entries(error).filter(([name]) => errorMembers.includes(name));
  // Errors of several attempts, one an address: what each said is enough.
  const several = error instanceof AggregateError ? { attempts: error.errors.map(String) } : {};
  return { type, message, stack, ...Object.fromEntries(facts), ...several };
}
