/** A server for the reference's clients, with a bucket that its files come from. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "@20minutes/s3rver";
import { realmConfigContext } from "#admin/realms/realm.ts";
import type { ListMode } from "#platform/config.ts";
import { createSealer, sealText } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { createS3Client } from "#platform/storage/s3-client.ts";
import { insertRealm } from "../tools/realms.ts";
import { startTestApp, type TestApp } from "../tools/test-app.ts";
import { createGoztl, type Goztl } from "./goztl-client.ts";
import type { GoztlVersion } from "./goztl-services.ts";

export type RemoteFile = { readonly uri: string; readonly sha256: string };

export type ClientWorld = {
  readonly testApp: TestApp;
  /** A client of that version, with the header of that version unless told otherwise. */
  readonly goztl: (version: GoztlVersion, userAgent?: string) => Goztl;
  /** Puts a file into the bucket. */
  readonly putFile: (key: string, bytes: Buffer) => Promise<RemoteFile>;
  /** Text for a name that must be unique, of twelve characters as in the acceptance tests. */
  readonly uniqueName: () => string;
  readonly close: () => Promise<void>;
};

const bucket = "provider-artifacts";
/** What the acceptance tests find and do not make (http-api 4.5). */
export const seededName = "TF provider GitHub";
export const seededRealm = "73ce6db8-ebcf-4ba2-b624-0df721512fae";

/** Starts the server in a list mode; the caller closes it. */
export async function startClientWorld(listMode: ListMode): Promise<ClientWorld> {
  const folder = mkdtempSync(join(tmpdir(), "pomona-bucket-"));
  const configureBuckets = [{ name: bucket, configs: [] }];
  const server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    directory: folder,
    configureBuckets,
  });
  const { port } = await server.run();
  const s3 = {
    endpoint: new URL(`http://127.0.0.1:${port}`),
    region: "us-east-1",
    accessKeyId: "S3RVER",
    secretAccessKey: new Secret("S3RVER"),
  };
  const storage = { s3, bucket: null, fileBytesMax: 1024 * 1024, privateHosts: [] };
  const secretKey = new Secret(randomBytes(32));
  const testApp = await startTestApp({ config: { listMode, storage, secretKey } });
  await seed(testApp, secretKey);
  const client = createS3Client(s3);
  let names = 0;
  return {
    testApp,
    goztl: (version, userAgent) =>
      createGoztl({
        baseUrl: `${testApp.app.baseUrl.origin}/api/`,
        token: ` '${testApp.token.reveal()}'\n`,
        version,
        ...(userAgent === undefined ? {} : { userAgent }),
      }),
    putFile: async (key, bytes) => {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const path = join(folder, sha256);
      writeFileSync(path, bytes);
      await client.put({ bucket, key }, { path, sha256, size: bytes.length } as Parameters<
        typeof client.put
      >[1]);
      return { uri: `s3://${bucket}/${key}`, sha256 };
    },
    uniqueName: () => `name${String(names++).padStart(8, "0")}`,
    close: async () => {
      await testApp.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function seed({ app, token }: TestApp, secretKey: Secret<Buffer>): Promise<void> {
  const config = {
    discovery_url: "https://idp.example.com/.well-known/openid-configuration",
    client_id: "yolo",
    client_secret: null,
    extra_scopes: [],
  };
  const context = realmConfigContext(seededRealm);
  const configSealed = sealText(createSealer(secretKey), JSON.stringify(config), context);
  await app.foundation.database.transaction((tx) =>
    insertRealm(tx, { uuid: seededRealm, name: seededName, configSealed }, new Date()),
  );
  const response = await fetch(new URL("/api/mdm/push_certificates/", app.baseUrl), {
    method: "POST",
    headers: { authorization: `Token ${token.reveal()}`, "content-type": "application/json" },
    body: JSON.stringify({ name: seededName }),
  });
  if (!response.ok) throw new Error(`The push certificate was refused: ${await response.text()}`);
}
