/** One request that succeeds for each endpoint of artifacts, packages and what may be in them. */
import { createHash, randomUUID } from "node:crypto";
import { textOf } from "#sandbox/simulate/api-client.ts";
import { signData } from "#protocol/cms/sign.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { makePkg } from "./archives.ts";
import {
  type Body,
  type ContractRequest,
  type MakeRequest,
  crudRequests,
  newArtifact,
} from "./contract-request.ts";
import type { ContractWorld } from "./contract-world.ts";
import { aCa, rsaKey } from "./identities.ts";

async function declarationBody(world: ContractWorld): Promise<Body> {
  const source = {
    Type: "com.apple.configuration.passcode.settings",
    Identifier: world.uniqueName(),
    ServerToken: world.uniqueName(),
    Payload: { MinimumLength: 12 },
  };
  return { artifact: await newArtifact(world, "Configuration"), source, macos: true, version: 1 };
}

const artifactBody = ({ uniqueName }: ContractWorld): Body => ({
  name: uniqueName(),
  type: "Profile",
  channel: "Device",
});

const profilePlist = writePlist({ PayloadIdentifier: "com.example.profile", PayloadUUID: "A1" });

async function profileBody(world: ContractWorld): Promise<Body> {
  const source = profilePlist.toString("base64");
  return { artifact: await newArtifact(world, "Profile"), source, macos: true, version: 1 };
}

async function provisioningProfileBody(world: ContractWorld): Promise<Body> {
  const { certificate, privateKey } = aCa(rsaKey("signer of provisioning profiles"));
  const content = writePlist({ Name: "Apps", UUID: randomUUID() });
  const source = signData({ content, certificate, privateKey, signedAttributes: true }).toString("base64");
  return { artifact: await newArtifact(world, "Provisioning Profile"), source, macos: true, version: 1 };
}

async function certAssetBody(world: ContractWorld): Promise<Body> {
  return {
    artifact: await newArtifact(world, "Certificate Asset"),
    acme_issuer: null,
    scep_issuer: world.scepIssuerId,
    subject: [{ type: "CN", value: "$ENROLLED_DEVICE.SERIAL_NUMBER" }],
    subject_alt_name: {},
    macos: true,
    version: 1,
  };
}

function uploadRequest(world: ContractWorld): ContractRequest & { readonly sha256: string } {
  const file = makePkg({ version: world.uniqueName() });
  const head = '--part\r\nContent-Disposition: form-data; name="file"; filename="agent.pkg"\r\n\r\n';
  return {
    path: "/api/mdm/files/",
    rawBody: new Uint8Array(Buffer.concat([Buffer.from(head), file, Buffer.from("\r\n--part--\r\n")])),
    headers: { "content-type": "multipart/form-data; boundary=part" },
    sha256: createHash("sha256").update(file).digest("hex"),
  };
}

/** Uploads a package and answers how requests name it. */
async function uploadPackage(
  world: ContractWorld,
): Promise<{ readonly uri: string; readonly sha256: string }> {
  const { path, sha256, ...sent } = uploadRequest(world);
  await world.call("POST", path, sent);
  return { uri: `pomona://files/${sha256}`, sha256 };
}

async function packageBody(world: ContractWorld): Promise<Body> {
  const { uri, sha256 } = await uploadPackage(world);
  return { name: world.uniqueName(), source_uri: uri, sha256 };
}

async function enterpriseAppBody(world: ContractWorld): Promise<Body> {
  const { uri, sha256 } = await uploadPackage(world);
  const artifact = await newArtifact(world, "Enterprise App");
  return { artifact, package_uri: uri, package_sha256: sha256, macos: true, version: 1 };
}

async function dataAssetBody(world: ContractWorld): Promise<Body> {
  const source = Buffer.from("<plist><string>settings</string></plist>").toString("base64");
  return { artifact: await newArtifact(world, "Data Asset"), type: "PLIST", source, macos: true, version: 1 };
}

export const artifactRequests: Readonly<Record<string, MakeRequest>> = {
  ...crudRequests({ path: "/api/mdm/artifacts/", list: "Artifacts", one: "Artifact" }, artifactBody),
  ...crudRequests({ path: "/api/mdm/profiles/", list: "Profiles", one: "Profile" }, profileBody),
  ...crudRequests(
    {
      path: "/api/mdm/provisioning_profiles/",
      list: "ProvisioningProfiles",
      one: "ProvisioningProfile",
    },
    provisioningProfileBody,
  ),
  ...crudRequests({ path: "/api/mdm/cert_assets/", list: "CertAssets", one: "CertAsset" }, certAssetBody),
  uploadFile: uploadRequest,
  ...crudRequests({ path: "/api/mdm/data_assets/", list: "DataAssets", one: "DataAsset" }, dataAssetBody),
  ...crudRequests(
    { path: "/api/mdm/enterprise_apps/", list: "EnterpriseApps", one: "EnterpriseApp" },
    enterpriseAppBody,
  ),
  ...crudRequests({ path: "/api/mdm/packages/", list: "Packages", one: "Package" }, packageBody),
  ...crudRequests(
    { path: "/api/mdm/declarations/", list: "Declarations", one: "Declaration" },
    declarationBody,
  ),
  listArtifactUsers: async (world) => {
    const used = await newArtifact(world, "Profile");
    await world.api.create("/api/mdm/artifacts/", {
      ...artifactBody(world),
      platforms: ["macOS"],
      requires: [used],
    });
    return { path: `/api/mdm/artifacts/${used}/used_by/` };
  },
  listPackageUsers: async (world) => {
    const id = textOf(await world.api.create("/api/mdm/packages/", await packageBody(world)), "id");
    const source = {
      Type: "com.apple.configuration.package",
      Identifier: world.uniqueName(),
      ServerToken: world.uniqueName(),
      Payload: { ManifestURL: `ztl:${id}` },
    };
    await world.api.create("/api/mdm/declarations/", { ...(await declarationBody(world)), source });
    return { path: `/api/mdm/packages/${id}/used_by/` };
  },
  listPayloadSchemas: () => ({ path: "/api/mdm/schema/payloads/" }),
  findPayloadSchema: () => ({ path: "/api/mdm/schema/payloads/com.apple.wifi.managed/" }),
  listDeclarationSchemas: () => ({ path: "/api/mdm/schema/declarations/" }),
  findDeclarationSchema: () => ({
    path: "/api/mdm/schema/declarations/com.apple.configuration.passcode.settings/",
  }),
  validateDocument: () => ({
    path: "/api/mdm/schema/validate/",
    body: { kind: "profile", document: profilePlist.toString(), platforms: ["macOS"] },
  }),
};
