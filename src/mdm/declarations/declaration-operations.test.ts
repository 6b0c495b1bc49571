import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ArtifactType } from "#mdm/artifacts/artifact.ts";
import { readVersionBlock } from "#mdm/artifacts/artifact-version-api.ts";
import type { DesiredStateChange } from "#mdm/devices/desired-state-change.ts";
import { sql } from "#platform/db/sql.ts";
import { OperationRefused } from "#platform/errors.ts";
import { insertPackage } from "../../../test/tools/deliverables.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import {
  createDeclaration,
  deleteDeclaration,
  listDeclarationSources,
  updateDeclaration,
} from "./declaration-operations.ts";

const database = useTestDatabase();
const changes: DesiredStateChange[] = [];
const deps = {
  noteDesiredStateChange: async (_: unknown, change: DesiredStateChange) => void changes.push(change),
};

type ArtifactFacts = {
  readonly type?: ArtifactType;
  readonly channel?: string;
  readonly platforms?: string[];
};

async function makeArtifact({
  type = "Configuration",
  channel = "Device",
  platforms = ["macOS"],
}: ArtifactFacts = {}): Promise<string> {
  const id = randomUUID();
  await database.testOperation((op) =>
    op.tx.run(sql`
      insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                             reinstall_interval, reinstall_on_os_update, created_at, updated_at)
      values (${id}, ${`artifact ${id}`}, ${type}, ${channel}, ${platforms}, false, true, 0, 'No', ${op.at}, ${op.at})`),
  );
  return id;
}

const passcode = "com.apple.configuration.passcode.settings";
const background = "com.apple.configuration.services.background-tasks";
const data = (reference: string) => ({ TaskType: "com.example.task", ExecutableAssetReference: reference });
const source = (more: Readonly<Record<string, unknown>> = {}) => ({
  Type: passcode,
  Identifier: `com.example.${randomUUID()}`,
  ServerToken: randomUUID(),
  Payload: { MinimumLength: 12 },
  ...more,
});
const write = (artifact: string, sent: unknown, version = 1) => ({
  input: readVersionBlock({ artifact, version, macos: true }),
  source: sent,
});
const create = (artifact: string, sent: unknown, version = 1): Promise<string> =>
  database.testOperation(
    async (op) => (await createDeclaration(op, deps, write(artifact, sent, version))).id,
  );

async function refusalOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OperationRefused) return `${error.refusal.field}: ${error.refusal.detail}`;
    throw error;
  }
  return null;
}

async function readRefs(table: "declaration_refs" | "package_refs", id: string) {
  const refs =
    table === "declaration_refs"
      ? sql`select key, artifact_id as to from declaration_refs where declaration_id = ${id} order by key`
      : sql`select key, package_id as to from package_refs where declaration_id = ${id} order by key`;
  return database.database.many<{ key: string[]; to: string }>(refs);
}

const makePackage = (): Promise<string> => database.testOperation((op) => insertPackage(op, randomUUID()));

test("a declaration is stored as it was written, and changes what devices should have", async () => {
  const artifact = await makeArtifact();
  const sent = source({ Payload: { MinimumLength: 12, customRegex: { Regex: 'ü"<&' } } });
  changes.length = 0;
  const id = await create(artifact, JSON.stringify(sent));
  const sources = await listDeclarationSources(database.database, [id as never]);
  expect([...sources.values()]).toEqual([sent]);
  expect(changes).toEqual([{ kind: "artifacts", artifactIds: [artifact] }]);
});

test("a source that cannot be read is refused together with what is wrong with other fields", async () => {
  const unknown = randomUUID();
  const work = database.testOperation((op) => createDeclaration(op, deps, write(unknown, { a: 1 })));
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OperationRefused);
  expect((error as OperationRefused).refusals.map(({ field, detail }) => [field, detail])).toEqual([
    ["artifact", `Invalid pk "${unknown}" - object does not exist.`],
    ["source", "Missing Identifier"],
  ]);
});

test("an update of scope alone is taken: a declaration is not compared with itself", async () => {
  const artifact = await makeArtifact();
  const sent = source();
  const id = await create(artifact, sent);
  const input = readVersionBlock({ artifact, version: 1, macos: true, macos_min_version: "15.0" });
  await database.testOperation((op) => updateDeclaration(op, deps, { id, input, source: sent }));
  expect(await refusalOf(create(artifact, { ...sent, ServerToken: "new" }, 2))).toBe(
    "source: The latest declaration of this artifact has the same Payload",
  );
});

test("a payload changes in place under the same token", async () => {
  const artifact = await makeArtifact();
  const sent = source();
  const id = await create(artifact, sent);
  const changed = { ...sent, Payload: { MinimumLength: 14 } };
  await database.testOperation((op) => updateDeclaration(op, deps, { id, ...write(artifact, changed) }));
  expect((await listDeclarationSources(database.database, [id as never])).get(id as never)).toEqual(changed);
});

test("an identifier belongs to one artifact, a token to one declaration", async () => {
  const sent = source();
  await create(await makeArtifact(), sent);
  expect(await refusalOf(create(await makeArtifact(), { ...sent, ServerToken: "other" }))).toBe(
    "source: A declaration with this Identifier already exists",
  );
  expect(await refusalOf(create(await makeArtifact(), { ...sent, Identifier: "other" }))).toBe(
    "source: A declaration with this ServerToken already exists",
  );
});

test("of two writers with one identifier at the same time, one is refused", async () => {
  const sent = source();
  const artifacts = [await makeArtifact(), await makeArtifact()];
  const outcomes = await Promise.all(
    artifacts.map((artifact) => refusalOf(create(artifact, { ...sent, ServerToken: randomUUID() }))),
  );
  expect(new Set(outcomes)).toEqual(
    new Set([null, "source: A declaration with this Identifier already exists"]),
  );
});

test("references are linked by path, and linked anew by an update", async () => {
  const asset = await makeArtifact({ type: "Data Asset" });
  const other = await makeArtifact({ type: "Data Asset" });
  const artifact = await makeArtifact();
  const sent = source({ Type: background, Payload: data(`ztl:${asset}`) });
  const id = await create(artifact, sent);
  expect(await readRefs("declaration_refs", id)).toEqual([{ key: ["ExecutableAssetReference"], to: asset }]);
  const LaunchdConfigurations = [{ Context: "daemon", FileAssetReference: `ztl:${other}` }];
  const changed = { ...sent, Payload: { TaskType: "com.example.task", LaunchdConfigurations } };
  await database.testOperation((op) => updateDeclaration(op, deps, { id, ...write(artifact, changed) }));
  expect(await readRefs("declaration_refs", id)).toEqual([
    { key: ["LaunchdConfigurations", "0", "FileAssetReference"], to: other },
  ]);
});

test("a declaration is referred to by the identifier that its operator gave it", async () => {
  const asset = await makeArtifact({ type: "Asset" });
  const identity = source({ Type: "com.apple.asset.useridentity", Payload: { FullName: "A" } });
  await create(asset, identity);
  const mail = "com.apple.configuration.account.mail";
  const server = { HostName: "mail.example.com", AuthenticationMethod: "Password" };
  const servers = { IncomingServer: { ...server, ServerType: "IMAP" }, OutgoingServer: server };
  const Payload = { UserIdentityAssetReference: identity.Identifier, ...servers };
  const id = await create(await makeArtifact(), source({ Type: mail, Payload }));
  expect(await readRefs("declaration_refs", id)).toEqual([
    { key: ["UserIdentityAssetReference"], to: asset },
  ]);
  const lost = source({ Type: mail, Payload: { UserIdentityAssetReference: "nobody" } });
  expect(await refusalOf(create(await makeArtifact(), lost))).toBe("source: Unknown custom artifact: nobody");
});

test("a package reference is swapped and dropped by updates", async () => {
  const [first, second] = [await makePackage(), await makePackage()];
  const artifact = await makeArtifact();
  const type = "com.apple.configuration.package";
  const sent = source({ Type: type, Payload: { ManifestURL: `ztl:${first}` } });
  const id = await create(artifact, sent);
  const update = (ManifestURL: string) =>
    database.testOperation((op) =>
      updateDeclaration(op, deps, { id, ...write(artifact, { ...sent, Payload: { ManifestURL } }) }),
    );
  expect(await readRefs("package_refs", id)).toEqual([{ key: ["ManifestURL"], to: first }]);
  await update(`ztl:${second}`);
  expect(await readRefs("package_refs", id)).toEqual([{ key: ["ManifestURL"], to: second }]);
  await update("https://example.com/manifest.plist");
  expect(await readRefs("package_refs", id)).toEqual([]);
  expect(await refusalOf(update("ztl:nope"))).toBe("source: Unknown zentral package: nope");
});

test("references that come back to their start are refused, also through requirements", async () => {
  const first = await makeArtifact({ type: "Activation" });
  const second = await makeArtifact();
  await database.testOperation((op) =>
    op.tx.run(sql`insert into artifact_requires (artifact_id, requires_id) values (${second}, ${first})`),
  );
  const Payload = { StandardConfigurations: [`ztl:${second}`] };
  const refusal = await refusalOf(create(first, source({ Type: "com.apple.activation.simple", Payload })));
  expect(refusal).toMatch(/^source: No artifact can need itself: /);
});

test("a declaration is deleted with its references; what a command names is not", async () => {
  const asset = await makeArtifact({ type: "Data Asset" });
  const artifact = await makeArtifact();
  const id = await create(artifact, source({ Type: background, Payload: data(`ztl:${asset}`) }));
  await database.testOperation((op) => deleteDeclaration(op, deps, id));
  expect(await readRefs("declaration_refs", id)).toEqual([]);
  expect(await refusalOf(database.testOperation((op) => deleteDeclaration(op, deps, id)))).toContain(
    "No Declaration matches the given query.",
  );
});

test("events tell what was written, and of the payload its digest", async () => {
  const sent = source({ Payload: { MinimumLength: 12, secret: "k7-orange" } });
  const id = await create(await makeArtifact(), sent);
  const { payload } = await database.database.one<{ payload: { object: Record<string, unknown> } }>(sql`
    select payload from events where payload -> 'object' ->> 'pk' = ${id}`);
  expect(payload.object).toMatchObject({
    model: "mdm.declaration",
    new_value: { pk: id, type: passcode, identifier: sent.Identifier, server_token: sent.ServerToken },
  });
  expect(JSON.stringify(payload)).not.toContain("k7-orange");
});

test("what no device could take is refused with its path; what a newer one may know is only told", async () => {
  const wrong = source({ Payload: { MinimumLength: "twelve" } });
  expect(await refusalOf(create(await makeArtifact(), wrong))).toBe(
    "source: Payload.MinimumLength must be of type integer, not string.",
  );
  const variable = source({ Payload: { MinimumLength: "$REALM_USER.CUSTOM_ATTR_1" } });
  expect(await refusalOf(create(await makeArtifact(), variable))).toBeNull();
  const id = await create(await makeArtifact(), source({ Payload: { MinimumLenght: 12 } }));
  const { payload } = await database.database.one<{ payload: { warnings: string[] } }>(sql`
    select payload from events where payload -> 'object' ->> 'pk' = ${id}`);
  expect(payload.warnings).toEqual([expect.stringContaining("Payload.MinimumLenght")]);
});
