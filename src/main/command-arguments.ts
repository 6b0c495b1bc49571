/** Readers of single arguments of the command line. */
import { InvalidArgumentError } from "commander";

/** A count. */
export function positiveInteger(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return Number(value);
}

/** A moment. */
export function futureDate(value: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError("It must be a time such as 2027-01-31T00:00:00Z.");
  return date;
}

/** Items with commas between. */
export function list(value: string): string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** An option that may be repeated. */
export function collect(value: string, collected: readonly string[] = []): string[] {
  return [...collected, value];
}
