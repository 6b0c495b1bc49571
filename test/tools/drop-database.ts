/** Drops a test's database once its connections are gone: cutting one that is still closing would be an error of its own. */
import type pg from "pg";
import { vi } from "vitest";

/** Waits for the last connection to close, at most ten seconds, and drops the database. */
export async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  await vi.waitFor(() => admin.query(`drop database ${name}`), { timeout: 10_000, interval: 20 });
}
