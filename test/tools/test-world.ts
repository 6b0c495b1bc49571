/** Where the database of this test run is; filled by the global set-up and read by every worker. */
import type pg from "pg";

declare module "vitest" {
  interface ProvidedContext {
    databaseConnection: { connection: pg.ClientConfig; template: string };
  }
}
