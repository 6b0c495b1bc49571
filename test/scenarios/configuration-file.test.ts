/** A server whose configuration comes from base.json, as the documentation of the reference writes it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { aCa, rsaKey } from "../tools/identities.ts";
import { runPomona, startPomona } from "../tools/pomona-process.ts";
import { certificatePem } from "../tools/push-world.ts";
import { connectionUrl } from "../tools/test-app.ts";
import { createTestDatabase } from "../tools/test-database.ts";

let folder = "";
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let env: Record<string, string> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pomona-file-"));
  database = await createTestDatabase();
  writeFileSync(join(folder, "scep_chain.pem"), certificatePem(aCa(rsaKey("scep ca"))));
  env = {
    DATABASE_URL: connectionUrl(database.connection),
    POMONA_DATA: join(folder, "data"),
    POMONA_LISTEN: "127.0.0.1:0",
    ZTL_FQDN: "mdm.example.com",
  };
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, json: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(json));
  return path;
}

/** What the documentation says to add to the apps section. */
const mdmSection = { "zentral.contrib.mdm": { scep_ca_fullchain: "{{ file:scep_chain.pem }}" } };

describe("base.json", () => {
  test("the section of the documentation alone starts the server", async () => {
    const path = write("snippet.json", { apps: mdmSection });
    const server = startPomona({ args: ["serve", "--config", path], env });
    const [, address] = await server.printed(/^Pomona \S+ serves (\S+)\/$/m);
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    expect(await server.stop("SIGTERM")).toMatchObject({ code: 0 });
  });

  test("with names and provisioned certificates it serves under its name, and makes what it names", async () => {
    write("base.json", {
      api: { fqdn: "{{ env:ZTL_FQDN }}", fqdn_mtls: "mtls.example.com", secret: "told of" },
      apps: {
        "zentral.contrib.inventory": {},
        "zentral.contrib.mdm": {
          ...mdmSection["zentral.contrib.mdm"],
          mount_legacy_public_endpoints: true,
          provisioning: { push_certificates: { first: { name: "From the file" } } },
        },
      },
    });
    const server = startPomona({
      args: ["serve"],
      env: { ...env, POMONA_CONFIG: folder, POMONA_LISTEN: "127.0.0.1:0" },
    });
    const [, address] = await server.printed(/^Pomona \S+ serves (\S+)\/$/m);
    expect(address).toBe("https://mdm.example.com");
    const { code, errors } = await server.stop("SIGTERM");
    expect(code).toBe(0);
    expect(errors).toContain("api.secret is accepted and changes nothing here");
    const rows = await database.database.many(sql`select name, provisioning_uid from push_certificates`);
    expect(rows).toEqual([{ name: "From the file", provisioningUid: "first" }]);
  });

  test("what is wrong is told by its path, and nothing starts", async () => {
    const path = write("wrong.json", { apps: { "zentral.contrib.mdm": { mtls_porxy: false } }, django: {} });
    const { code, errors } = await runPomona({ args: ["serve", "--config", path], env });
    expect(code).toBe(1);
    expect(errors).toMatch(/^The configuration needs mending:\n/);
    expect(errors).toContain('wrong.json apps["zentral.contrib.mdm"].mtls_porxy: is not a key of Pomona');
    expect(errors).toContain("wrong.json django: is not used: DATABASE_URL names the database");
  });
});
