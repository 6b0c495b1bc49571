import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deleteUnusedFilesJob } from "#mdm/files/delete-unused-files-job.ts";
import { fileEndpoints } from "#mdm/files/file-api.ts";
import type { FileDeps } from "#mdm/files/file-operations.ts";
import { unusedFileSeconds } from "#mdm/files/stored-file.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { createHttpServer, type HttpServer } from "#platform/http/http-server.ts";
import { operate } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { openLocalStorage } from "#platform/storage/local-storage.ts";
import { StorageError } from "#platform/storage/file-storage.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { makeDistribution, makePkg, makeXar } from "../../../test/tools/archives.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { dataAssetEndpoints } from "./data-asset-api.ts";
import { enterpriseAppEndpoints } from "./enterprise-app-api.ts";
import { packageEndpoints } from "./package-api.ts";

const database = useTestDatabase();
const folder = mkdtempSync(join(tmpdir(), "pomona-payloads-"));
const fileStorage = openLocalStorage(folder);
/** What the bucket of the tests holds. */
const objects = new Map<string, Buffer>();
const fileBytesMax = 1024 * 1024;

let server: HttpServer;
let base: string;
beforeAll(async () => {
  const deps: FileDeps = {
    source: database.source,
    fileStorage,
    fileBytesMax,
    openRemoteFile: async (address) => {
      const found = address.kind === "s3" ? objects.get(`${address.bucket}/${address.key}`) : undefined;
      if (found === undefined) throw new StorageError("storage_failed", "There is no such object");
      return (async function* () {
        yield found;
      })();
    },
  };
  const all = {
    ...deps,
    sealer: createSealer(new Secret(Buffer.alloc(32, 1))),
    noteDesiredStateChange: async () => undefined,
  };
  server = createHttpServer({
    source: database.source,
    endpoints: [
      ...bindEndpoints(all, fileEndpoints),
      ...bindEndpoints(all, dataAssetEndpoints),
      ...bindEndpoints(all, enterpriseAppEndpoints),
      ...bindEndpoints(all, packageEndpoints),
    ],
    rawRoutes: [],
    checksAnswers: true,
    authenticate: async () => ({
      kind: "user",
      id: "1",
      name: "t",
      account: { id: 1 },
      hasPermission: () => true,
    }),
  });
  base = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

type Json = Readonly<Record<string, unknown>>;
type Answer = { readonly status: number; readonly body: Json };

async function call(method: string, path: string, body?: Json): Promise<Answer> {
  const response = await fetch(`${base}/api/mdm/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Json) };
}

async function upload(bytes: Buffer, filename: string): Promise<Answer> {
  const form = new FormData();
  form.append("file", new Blob([new Uint8Array(bytes)]), filename);
  const response = await fetch(`${base}/api/mdm/files/`, { method: "POST", body: form });
  return { status: response.status, body: (await response.json()) as Json };
}

const sha256Of = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

/** Puts an object in the bucket. */
function put(key: string, bytes: Buffer): { uri: string; sha256: string } {
  objects.set(`bucket/${key}`, bytes);
  return { uri: `s3://bucket/${key}`, sha256: sha256Of(bytes) };
}

async function makeArtifact(type: string): Promise<string> {
  const id = randomUUID();
  await database.testOperation((op) =>
    op.tx.run(sql`
      insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                             reinstall_interval, reinstall_on_os_update, created_at, updated_at)
      values (${id}, ${`artifact ${id}`}, ${type}, 'Device', ${["macOS"]}, false, true, 0, 'No', ${op.at}, ${op.at})`),
  );
  return id;
}

async function lastEvent(): Promise<Json> {
  const { rows } = await database.database.pool.query<Json>(
    "select * from events order by sequence desc limit 1",
  );
  return rows[0] ?? {};
}

const refused = (body: Json): Answer => ({ status: 400, body });

test("an upload answers the URI that is then taken for it", async () => {
  const bytes = makePkg({ version: "7.0" });
  const sha256 = sha256Of(bytes);
  const uri = `pomona://files/${sha256}`;
  expect(await upload(bytes, "agent-7.pkg")).toEqual({
    status: 201,
    body: { uri, sha256, size: bytes.length, filename: "agent-7.pkg" },
  });
  expect(await lastEvent()).toMatchObject({
    payload: { object: { model: "mdm.storedfile", new_value: { filename: "agent-7.pkg" } } },
  });
  const created = await call("POST", "packages/", { name: "Agent", source_uri: uri, sha256 });
  expect(created).toMatchObject({ status: 201, body: { filename: "agent-7.pkg", product_version: "7.0" } });
});

test("an upload beyond the limit is refused", async () => {
  expect(await upload(Buffer.alloc(fileBytesMax + 1), "a.pkg")).toEqual(
    refused({ file: [`Ensure this file has no more than ${fileBytesMax} bytes.`] }),
  );
});

test("a package is fetched, read, renamed, found by name and deleted", async () => {
  const bytes = makePkg({ version: "2.0" });
  const { uri, sha256 } = put("folder/agent-2.pkg", bytes);
  const created = await call("POST", "packages/", { name: "Two", source_uri: uri, sha256 });
  expect(created).toEqual({
    status: 201,
    body: {
      id: expect.any(String),
      name: "Two",
      description: "",
      type: "PKG",
      source_uri: uri,
      sha256,
      size: bytes.length,
      filename: "agent-2.pkg",
      product_id: "io.sample.agent",
      product_version: "2.0",
      bundles: [{ version_str: "1.2", version: "12", id: "io.sample.agent", path: "Applications/Agent.app" }],
      manifest: {
        items: [
          {
            assets: [
              {
                kind: "software-package",
                "md5-size": bytes.length,
                md5s: [createHash("md5").update(bytes).digest("hex")],
                "sha256-size": bytes.length,
                sha256s: [sha256],
              },
            ],
            metadata: {
              kind: "software",
              title: "Sample Agent",
              "bundle-identifier": "io.sample.agent",
              "bundle-version": "2.0",
            },
          },
        ],
      },
      created_at: "2026-11-21T12:00:00",
      updated_at: "2026-11-21T12:00:00",
      signature: null,
    },
  });
  const path = `packages/${String(created.body["id"])}/`;
  expect(await fileStorage.has(sha256)).toBe(true);
  expect(
    (await call("PUT", path, { name: "Renamed", description: "d", source_uri: uri, sha256 })).body,
  ).toMatchObject({ name: "Renamed", description: "d" });
  expect((await call("PUT", path, { name: "Renamed" })).body).toMatchObject({ description: "d" });
  expect(await call("PUT", path, { name: "n", source_uri: "s3://bucket/b.pkg", sha256: "1" })).toEqual(
    refused({
      source_uri: ["Cannot be changed after creation."],
      sha256: ["Cannot be changed after creation."],
    }),
  );
  expect((await call("GET", "packages/?name=Renamed")).body).toMatchObject({ count: 1 });
  expect(await call("POST", "packages/", { name: "Again", source_uri: uri, sha256 })).toEqual(
    refused({ sha256: ["A package with the same SHA256 already exists."] }),
  );
  expect((await call("DELETE", path)).status).toBe(204);
  expect(await lastEvent()).toMatchObject({
    objects: { mdm_package: [created.body["id"]] },
    payload: { action: "deleted", object: { model: "mdm.package", prev_value: { name: "Renamed" } } },
  });
  expect(await call("GET", path)).toEqual({
    status: 404,
    body: { detail: "No Package matches the given query." },
  });
});

test("a package that a declaration refers to is not deleted", async () => {
  const { uri, sha256 } = put("ref.pkg", makePkg({ version: "3.0" }));
  const { body } = await call("POST", "packages/", { name: "Referred", source_uri: uri, sha256 });
  const artifact = await makeArtifact("Configuration");
  await database.testOperation(async (op) => {
    const id = randomUUID();
    await op.tx.run(sql`
      insert into artifact_versions (id, artifact_id, version, ios, ios_min_version, ios_max_version, ipados,
                                     ipados_min_version, ipados_max_version, macos, macos_min_version,
                                     macos_max_version, tvos, tvos_min_version, tvos_max_version, shard_modulo,
                                     default_shard, created_at, updated_at)
      values (${id}, ${artifact}, 1, false, '', '', false, '', '', true, '', '', false, '', '', 100, 100, ${op.at},
              ${op.at})`);
    await op.tx.run(sql`
      insert into declarations (artifact_version_id, type, identifier, server_token, payload)
      values (${id}, 't', 'i', 's', '{}')`);
    await op.tx.run(sql`
      insert into package_refs (declaration_id, key, package_id)
      values (${id}, ${["a"]}, ${String(body["id"])})`);
  });
  const answer = await call("DELETE", `packages/${String(body["id"])}/`);
  expect(answer).toEqual({ status: 400, body: ["This package cannot be deleted"] });
});

const component = makeXar([{ path: "PackageInfo", bytes: "<pkg-info/>" }]);
const nameless = makeXar([{ path: "Distribution", bytes: makeDistribution('<product version="1"/>') }]);
const zeros = "0".repeat(64);
const outage = "Could not download or validate the package.";

test.each([
  [
    "another scheme",
    () => ({ uri: "ftp://a/b.pkg", sha256: zeros }),
    "Unknown external resource URI scheme: 'ftp'",
  ],
  ["no scheme", () => ({ uri: "/etc/passwd", sha256: zeros }), "Unknown external resource URI scheme: ''"],
  ["another extension", () => put("a.dmg", makePkg()), "Unsupported file extension: '.dmg'"],
  ["an extension in capitals", () => put("a.PKG", makePkg()), "Unsupported file extension: '.PKG'"],
  ["other bytes", () => ({ ...put("a.pkg", makePkg()), sha256: zeros }), "Hash mismatch"],
  ["a component package", () => put("c.pkg", component), "Could not read Distribution file"],
  ["a product without id", () => put("n.pkg", nameless), "Missing <product/> attr: id"],
  ["nothing there", () => ({ uri: "s3://bucket/none.pkg", sha256: zeros }), outage],
  ["a malformed URI", () => ({ uri: "s3:bucket", sha256: zeros }), outage],
  ["an upload that does not exist", () => ({ uri: `pomona://files/${zeros}`, sha256: zeros }), outage],
  ["too many bytes", () => put("big.pkg", Buffer.alloc(fileBytesMax + 1)), outage],
])("a package with %s is refused", async (_, make, detail) => {
  const { uri, sha256 } = make();
  expect(await call("POST", "packages/", { name: "n", source_uri: uri, sha256 })).toEqual(
    refused({ source_uri: [detail] }),
  );
});

const plist = (text: string): Buffer => writePlist({ text });
const inline = (bytes: Buffer): string => bytes.toString("base64");

test("a data asset comes inline, and its next version by URI", async () => {
  const artifact = await makeArtifact("Data Asset");
  const body = { artifact, type: "PLIST", source: inline(plist("one")), macos: true, version: 1 };
  const first = await call("POST", "data_assets/", body);
  expect(first).toMatchObject({
    status: 201,
    body: {
      artifact,
      type: "PLIST",
      file_sha256: sha256Of(plist("one")),
      file_size: plist("one").length,
      filename: "",
    },
  });
  expect(first.body).not.toHaveProperty("source");
  const zip = put("pam.d.v2.zip", Buffer.from(zipSync({ sudo: Buffer.from("auth") })));
  const second = await call("POST", "data_assets/", {
    artifact,
    type: "ZIP",
    file_uri: zip.uri,
    file_sha256: zip.sha256,
    macos: true,
    version: 2,
  });
  expect(second.body).toMatchObject({ type: "ZIP", file_sha256: zip.sha256, filename: "pam.d.v2.zip" });
  expect(await lastEvent()).toMatchObject({
    payload: { object: { model: "mdm.dataasset", new_value: { file_sha256: zip.sha256 } } },
  });
  const path = `data_assets/${String(second.body["id"])}/`;
  expect(await call("PUT", path, { ...body, version: 2 })).toEqual(
    refused({ source: ["This file is not different from the latest one"] }),
  );
  const changed = await call("PUT", path, { ...body, source: inline(plist("two")), version: 3 });
  expect(changed.body).toMatchObject({ type: "PLIST", file_sha256: sha256Of(plist("two")), version: 3 });
  expect((await call("GET", path)).body).toEqual(changed.body);
  expect((await call("DELETE", path)).status).toBe(204);
});

const both = "file_uri and source are mutually exclusive";

test.each([
  [{}, { non_field_errors: ["file_uri or source is required"] }],
  [{ source: "PHBsaXN0Lz4=", file_uri: "s3://bucket/a.plist" }, { non_field_errors: [both] }],
  [{ file_uri: "s3://bucket/a.plist" }, { file_sha256: ["This field is required with file_uri"] }],
  [{ source: "A" }, { source: ["Invalid base64-encoded value"] }],
  [{ source: inline(Buffer.from("text")) }, { source: ["Invalid PLIST file"] }],
  [{ source: inline(writeBinaryPlist({ a: 1 })) }, { source: ["Invalid PLIST file"] }],
  [{ type: "ZIP", source: inline(plist("a")) }, { source: ["Invalid ZIP file"] }],
  [{ source: inline(plist("a")), file_sha256: zeros }, { file_sha256: ["Hash mismatch"] }],
  [
    { file_uri: "s3://bucket/a.plist", file_sha256: zeros },
    { file_uri: ["Could not download the data asset."] },
  ],
  [
    { file_uri: "s3://bucket/a.zip", file_sha256: zeros },
    { file_uri: ["Unsupported file extension: '.zip'"] },
  ],
  [
    { source: inline(plist("a")), file_sha256: "AB" },
    { file_sha256: ["This value does not match the required pattern."] },
  ],
  // What is wrong with the version comes before what is wrong with the file (http-api 2.9).
  [
    { source: "dGV4dA==", macos: false },
    { non_field_errors: ["You need to activate at least one platform"] },
  ],
])("the data asset %j is refused", async (more, errors) => {
  const artifact = await makeArtifact("Data Asset");
  const body = { artifact, type: "PLIST", macos: true, version: 1, ...more };
  expect(await call("POST", "data_assets/", body)).toEqual(refused(errors));
});

async function appBody(version: string, more: Json = {}, id = "io.sample.agent"): Promise<Json> {
  const { uri, sha256 } = put(`app-${id}-${version}.pkg`, makePkg({ id, version }));
  return { package_uri: uri, package_sha256: sha256, macos: true, version: 1, ...more };
}

test("an enterprise app has its package's facts, and a canonical configuration that is sealed", async () => {
  const artifact = await makeArtifact("Enterprise App");
  const configuration = "<dict><key>b</key><real>1</real><key>a</key><string>licence</string></dict>";
  const body = await appBody("10", {
    artifact,
    configuration,
    installed_as_managed: true,
    remove_on_unenroll: true,
  });
  const created = await call("POST", "enterprise_apps/", body);
  expect(created).toMatchObject({
    status: 201,
    body: {
      package_uri: body["package_uri"],
      filename: "app-io.sample.agent-10.pkg",
      product_id: "io.sample.agent",
      product_version: "10",
      ios_app: false,
      install_as_managed: true,
      remove_on_unenroll: true,
    },
  });
  const canonical = String(created.body["configuration"]);
  expect(canonical).toMatch(
    /^<\?xml [\s\S]*<dict>\n\t<key>a<\/key>\n\t<string>licence<\/string>\n\t<key>b<\/key>\n\t<real>1\.0<\/real>/,
  );
  const { rows } = await database.database.pool.query<{ sealed: Buffer }>(
    "select configuration_sealed as sealed from enterprise_apps",
  );
  expect(rows.map(({ sealed }) => sealed.includes("licence"))).toEqual([false]);
  expect(JSON.stringify(await lastEvent())).not.toContain("licence");
  const path = `enterprise_apps/${String(created.body["id"])}/`;
  // The package is the same, so that it is not fetched again.
  objects.delete("bucket/app-io.sample.agent-10.pkg");
  const changed = await call("PUT", path, { ...body, configuration: canonical, ios_app: true });
  expect(changed).toMatchObject({ status: 200, body: { configuration: canonical, ios_app: true } });
  expect((await call("PUT", path, { ...body, configuration: "" })).body).toMatchObject({
    configuration: null,
  });
  expect((await call("GET", path)).body).toMatchObject({ configuration: null, product_version: "10" });
  expect((await call("DELETE", path)).status).toBe(204);
});

test.each([
  [{ configuration: "text" }, { configuration: ["Invalid property list"] }],
  [{ configuration: "<plist><array/></plist>" }, { configuration: ["Not a dictionary"] }],
  [{ configuration: "<plist><real>1</real></plist>" }, { configuration: ["Not a dictionary"] }],
  [
    { remove_on_unenroll: true },
    { remove_on_unenroll: ["Only available if installed as managed is also set"] },
  ],
  [
    { remove_on_unenroll: true, install_as_managed: false, installed_as_managed: true },
    { remove_on_unenroll: ["Only available if installed as managed is also set"] },
  ],
  [
    { package_uri: "s3://bucket/none.pkg" },
    { package_uri: ["Could not download or validate the enterprise app."] },
  ],
])("the enterprise app with %j is refused", async (more, errors) => {
  const artifact = await makeArtifact("Enterprise App");
  const body = await appBody("11", { artifact, ...more });
  expect(await call("POST", "enterprise_apps/", body)).toEqual(refused(errors));
});

test("all versions of an app are of one product, its own one included", async () => {
  const artifact = await makeArtifact("Enterprise App");
  const first = await call("POST", "enterprise_apps/", await appBody("12", { artifact }));
  expect(first.status).toBe(201);
  const text = "The product ID of the new app is not identical to the product ID of the other versions";
  const other = await appBody("13", { artifact, version: 2 }, "io.sample.other");
  expect(await call("POST", "enterprise_apps/", other)).toEqual(refused({ package_uri: [text] }));
  const path = `enterprise_apps/${String(first.body["id"])}/`;
  expect(await call("PUT", path, { ...other, version: 1 })).toEqual(refused({ package_uri: [text] }));
  const newer = await call("PUT", path, await appBody("14", { artifact }));
  expect(newer).toMatchObject({ status: 200, body: { product_version: "14" } });
});

test("a file that nobody refers to goes after a day, others stay", async () => {
  const { body: unused } = await upload(Buffer.from("nobody's"), "a.bin");
  const used = put("used.pkg", makePkg({ version: "20" }));
  await call("POST", "packages/", { name: "Used", source_uri: used.uri, sha256: used.sha256 });
  const job = deleteUnusedFilesJob(fileStorage);
  const run = () =>
    job.run(
      {},
      {
        operate: (work) => operate(database.source, { ...testActor }, work),
        signal: new AbortController().signal,
      },
    );
  database.clock.advance(unusedFileSeconds - 60);
  await run();
  expect(await fileStorage.has(String(unused["sha256"]))).toBe(true);
  const { body: again } = await upload(Buffer.from("brought again"), "b.bin");
  database.clock.advance(120);
  await run();
  expect(await fileStorage.has(String(unused["sha256"]))).toBe(false);
  expect(await fileStorage.has(String(again["sha256"]))).toBe(true);
  expect(await fileStorage.has(used.sha256)).toBe(true);
  // What is brought anew is there anew.
  expect((await upload(Buffer.from("nobody's"), "a.bin")).status).toBe(201);
  expect(await fileStorage.has(String(unused["sha256"]))).toBe(true);
});

const testActor = {
  kind: "job",
  id: "test",
  name: "test",
  account: null,
  requestId: "test",
  request: null,
} as const;
