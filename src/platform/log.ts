/** Structured logs. Secrets print as `[secret]` because `Secret` says so itself. */
import { type Logger as PinoLogger, pino } from "pino";

export type Logger = PinoLogger;

/** Makes the process logger, JSON lines on standard error so that standard output stays for answers. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}
