import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { insertPackage } from "../../../test/tools/deliverables.ts";
import { insertArtifact } from "../../../test/tools/desired-state.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { usedByEndpoints } from "./used-by-api.ts";

const database = useTestDatabase();
const api = useApiServer(database, () => bindEndpoints(undefined, usedByEndpoints));

let asset: string;
let unused: string;
let requiring: string;
let naming: string;
let packageId: string;

beforeAll(async () => {
  await database.testOperation(async (op) => {
    const { tx } = op;
    asset = (await insertArtifact(tx, { name: "Asset", type: "Asset" })).id;
    unused = (await insertArtifact(tx, { name: "Unused", type: "Asset" })).id;
    requiring = (await insertArtifact(tx, { name: "A needs it", requires: [asset] })).id;
    const named = await insertArtifact(tx, { name: "B names it", versions: 2 });
    naming = named.id;
    packageId = await insertPackage(op, randomUUID());
    for (const versionId of named.versionIds) {
      await tx.run(sql`
        insert into declaration_refs (declaration_id, key, artifact_id) values (${versionId}, '{Ref}', ${asset})`);
    }
    await tx.run(sql`
      insert into package_refs (declaration_id, key, package_id)
      values (${named.versionIds[1]}, '{ManifestURL}', ${packageId})`);
  });
});

const requirement = () => ({
  artifact: { pk: requiring, name: "A needs it", type: "Configuration" },
  relation: "requirement",
  versions: [],
});
const reference = (versions: readonly number[]) => ({
  artifact: { pk: naming, name: "B names it", type: "Configuration" },
  relation: "reference",
  versions,
});

test("an artifact is used by those that require it and by versions that name it", async () => {
  const { body } = await api.call("GET", `/api/mdm/artifacts/${asset}/used_by/`);
  expect(body).toMatchObject({ count: 2, results: [requirement(), reference([1, 2])] });
  const page = await api.call("GET", `/api/mdm/artifacts/${asset}/used_by/?limit=1&offset=1`);
  expect(page.body).toMatchObject({ count: 2, results: [reference([1, 2])] });
  const none = await api.call("GET", `/api/mdm/artifacts/${unused}/used_by/`);
  expect(none.body).toMatchObject({ count: 0, results: [] });
});

test("a package is used by versions that name it", async () => {
  const { body } = await api.call("GET", `/api/mdm/packages/${packageId}/used_by/`);
  expect(body).toMatchObject({ count: 1, results: [reference([2])] });
});

test("what is unknown is told so", async () => {
  for (const kind of ["artifacts", "packages"]) {
    expect(await api.call("GET", `/api/mdm/${kind}/${randomUUID()}/used_by/`)).toMatchObject({ status: 404 });
  }
});
