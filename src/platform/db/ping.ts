/** Whether the database answers. */
import type { Reader } from "./database.ts";
import { sql } from "./sql.ts";

/** Asks the database for nothing in particular; throws when it cannot answer in time. */
export async function pingDatabase(reader: Reader, secondsMax: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`No answer within ${secondsMax} s`)),
    secondsMax * 1000,
  );
  try {
    await Promise.race([reader.one(sql`select 1 as alive`), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
