/** Answers downloads: who may have what, in the order of checks of protocol.md 1.13, and what it is. */
import type { Device, Target } from "#mdm/devices/device.ts";
import { findDevice, findUser } from "#mdm/devices/device-operations.ts";
import type { EnrollmentSession } from "#mdm/enrollments/enrollment-session.ts";
import { findSessionById, isSameEnrollment } from "#mdm/enrollments/enrollment-session-operations.ts";
import { secondsAfter } from "#platform/clock.ts";
import { asId, asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import type { TokenSigner } from "#platform/signed-token.ts";
import { isUuid } from "#protocol/ddm/identifiers.ts";
import { writePlist } from "#protocol/plist/write.ts";
import * as store from "./deliverable-store.ts";
import type {
  DownloadContent,
  DownloadFacts,
  DownloadObject,
  DownloadOutcome,
  DownloadTargetType,
  RefusedDownload,
} from "./download.ts";
import {
  type DownloadGrant,
  type DownloadPurpose,
  downloadSecondsMax,
  openDownload,
  signGrant,
} from "./download-token.ts";
import { type DownloadName, downloadUrl } from "./download-urls.ts";
import { type CredentialKind, renderCredential } from "./render-credential-operations.ts";
import { dataAssetContentTypes } from "./render-declaration.ts";
import { manifestWithUrl } from "./render-enterprise-app.ts";
import { type RenderProfileDeps, renderProfile } from "./render-profile-operations.ts";
import type { ChallengeOrders, FetchedChallenges } from "./rendering.ts";

export type DownloadDeps = RenderProfileDeps & { readonly tokenSigner: TokenSigner };

/** A request with a token; for the enterprise app of a command, see {@link answerEnterpriseApp}. */
export type TokenDownload = {
  readonly name: Exclude<DownloadName, "enterpriseApp">;
  readonly token: string;
  readonly fetched?: FetchedChallenges;
};

/** What is downloaded, found but not made yet. */
type Deliverable = {
  readonly object: DownloadObject;
  readonly make: (op: Operation, deps: DownloadDeps, delivery: Delivery) => Promise<Made>;
};
type Delivery = {
  readonly target: Target;
  readonly grant: DownloadGrant;
  readonly fetched: FetchedChallenges | undefined;
};
type Made =
  | { readonly content: DownloadContent }
  | { readonly orders: ChallengeOrders }
  | { readonly failed: string };

type DownloadKind = {
  readonly purpose: DownloadPurpose;
  readonly targetType: DownloadTargetType;
  readonly find: (op: Operation, objectId: string) => Promise<Deliverable | null>;
};

const kinds: { readonly [Name in TokenDownload["name"]]: DownloadKind } = {
  profile: { purpose: "profile", targetType: "profile", find: findProfile },
  dataAsset: { purpose: "data_asset", targetType: "data_asset", find: findDataAsset },
  acmeCredential: {
    purpose: "cert_credential",
    targetType: "cert_credential_acme",
    find: (op, id) => findCredential(op, id, "acme"),
  },
  scepCredential: {
    purpose: "cert_credential",
    targetType: "cert_credential_scep",
    find: (op, id) => findCredential(op, id, "scep"),
  },
  packageManifest: {
    purpose: "package_manifest",
    targetType: "package_manifest",
    find: (op, id) => findPackage(op, id, makeManifest),
  },
  packageFile: {
    purpose: "package_file",
    targetType: "package_file",
    find: (op, id) => findPackage(op, id, async (_op, _deps, { found }) => ({ content: fileOf(found) })),
  },
};

/** Answers a download by token. */
export async function answerDownload(
  op: Operation,
  deps: DownloadDeps,
  { name, token, fetched }: TokenDownload,
): Promise<DownloadOutcome> {
  const { purpose, targetType, find } = kinds[name];
  const grant = openDownload(deps.tokenSigner, purpose, { token, at: op.at });
  if (typeof grant === "string") {
    return { facts: { targetType }, refused: { refusal: "bad_token", reason: grant } };
  }
  const found = await find(op, grant.objectId);
  if (found === null) return { facts: { targetType }, refused: { refusal: "target_not_found" } };
  const { object } = found;
  const holder = await findHolder(op, grant);
  const facts = { targetType, object, ...holder.known };
  if ("refused" in holder) return { facts, refused: holder.refused };
  return { facts, ...(await found.make(op, deps, { target: holder.target, grant, fetched })) };
}

/**
 * Answers the download of an enterprise app by the UUID of its command: for a week after it was handed out, and only while
 * the device is enrolled, where the reference looks at neither (desired-state 11, row 12).
 */
export async function answerEnterpriseApp(op: Operation, uuid: string): Promise<DownloadOutcome> {
  const targetType = "enterprise_app";
  const found = isUuid(uuid) ? await store.findDeliverableCommand(op.tx, uuid) : null;
  if (found === null) return { facts: { targetType }, refused: { refusal: "not_found" } };
  const object = { kind: "enterprise_app", ...found } as const;
  const device = await findDevice(op.tx, found.deviceId);
  const facts = { targetType, object, ...(device === null ? {} : { device }) } as const;
  if (secondsAfter(found.sentAt, downloadSecondsMax) <= op.at) {
    return { facts, refused: { refusal: "not_found", reason: "expired" } };
  }
  const inactive = device === null ? null : refuseInactive(device);
  if (inactive !== null) return { facts, refused: inactive };
  return { facts, content: fileOf({ sha256: found.packageSha256, filename: found.filename }) };
}

type Holder = { readonly known: Pick<DownloadFacts, "session" | "device" | "user"> } & (
  | { readonly target: Target }
  | { readonly refused: RefusedDownload }
);

/** The target that a token was made for, if it still is one. */
async function findHolder(op: Operation, grant: DownloadGrant): Promise<Holder> {
  const session = await findSessionById(op.tx, asId<"EnrollmentSession">(grant.sessionId));
  const device = await findDeviceOf(op, session);
  if (session === null || device === null) return { known: {}, refused: { refusal: "session_not_found" } };
  const currentId = asId<"EnrollmentSession">(device.sessionId ?? 0);
  if (!(await isSameEnrollment(op.tx, currentId, session.id))) {
    // What an earlier enrollment was given is not for whoever holds the device now.
    const refused = { refusal: "session_not_found", reason: "enrolled_anew" } as const;
    return { known: { session, device }, refused };
  }
  const inactive = refuseInactive(device);
  if (inactive !== null) return { known: { session, device }, refused: inactive };
  if (grant.deviceUserId === null)
    return { known: { session, device, user: null }, target: { device, user: null } };
  const user = await findUser(op.tx, grant.deviceUserId);
  if (user?.deviceId !== device.id) {
    return { known: { session, device }, refused: { refusal: "user_not_found" } };
  }
  return { known: { session, device, user }, target: { device, user } };
}

/** A token is made for a device that has authenticated; a session without one cannot have made it. */
async function findDeviceOf(op: Operation, session: EnrollmentSession | null): Promise<Device | null> {
  return session === null || session.deviceId === null ? null : findDevice(op.tx, session.deviceId);
}

function refuseInactive({ blockedAt, checkoutAt }: Device): RefusedDownload | null {
  if (blockedAt !== null) return { refusal: "device_inactive", reason: "blocked" };
  return checkoutAt === null ? null : { refusal: "device_inactive", reason: "checked_out" };
}

async function findProfile(op: Operation, id: string): Promise<Deliverable | null> {
  const version = await store.findDeliverable(op.tx, id);
  if (version?.type !== "Profile") return null;
  const { versionId, artifactId } = version;
  return {
    object: { kind: "profile", ...version },
    make: async (making, deps, { target, fetched }) => {
      const rendered = await renderProfile(making, deps, { target, versionId, artifactId, fetched });
      if ("failed" in rendered) return { failed: rendered.failed.reason };
      if ("orders" in rendered) return rendered;
      const contentType = "application/x-apple-aspen-config";
      const filename = `${versionId}.mobileconfig`;
      return { content: { kind: "bytes", contentType, body: rendered.profile, filename } };
    },
  };
}

async function findDataAsset(op: Operation, id: string): Promise<Deliverable | null> {
  const version = await store.findDeliverable(op.tx, id);
  const asset = version && (await store.findDeliverableDataAsset(op.tx, version.versionId));
  if (version === null || asset === null) return null;
  const content = {
    kind: "file",
    sha256: asset.fileSha256,
    contentType: dataAssetContentTypes[asset.type],
    filename: asset.filename || `${version.versionId}.${asset.type.toLowerCase()}`,
  } as const;
  return { object: { kind: "data_asset", ...version }, make: async () => ({ content }) };
}

/** The place of the only challenge of a credential. */
const credentialPlace = "Challenge";

async function findCredential(op: Operation, id: string, kind: CredentialKind): Promise<Deliverable | null> {
  const version = await store.findDeliverable(op.tx, id);
  const asset = version && (await store.findDeliverableCertAsset(op.tx, version.versionId));
  if (version === null || asset === null) return null;
  return {
    object: { kind: "cert_asset", ...version },
    make: async (making, deps, { target, fetched: all }) => {
      const fetched = all?.get(credentialPlace) ?? null;
      const rendered = await renderCredential(making, deps, { target, asset, kind, fetched });
      if ("failed" in rendered) return rendered;
      if ("order" in rendered) return { orders: new Map([[credentialPlace, rendered.order]]) };
      const body = Buffer.from(JSON.stringify(rendered.credential));
      return { content: { kind: "bytes", contentType: "application/json", body, filename: null } };
    },
  };
}

type PackageDelivery = Delivery & { readonly found: store.DeliverablePackage };

async function findPackage(
  op: Operation,
  id: string,
  make: (op: Operation, deps: DownloadDeps, delivery: PackageDelivery) => Promise<Made>,
): Promise<Deliverable | null> {
  const found = await store.findDeliverablePackage(op.tx, id);
  if (found === null) return null;
  return {
    object: { kind: "package", id: asUuid<"Package">(found.id), name: found.name },
    make: (making, deps, delivery) => make(making, deps, { ...delivery, found }),
  };
}

async function makeManifest(
  op: Operation,
  { tokenSigner, baseUrl }: DownloadDeps,
  { grant, found }: PackageDelivery,
): Promise<Made> {
  const token = signGrant(tokenSigner, "package_file", { ...grant, at: op.at });
  const body = writePlist(manifestWithUrl(found.manifest, downloadUrl(baseUrl, "packageFile", token)));
  return { content: { kind: "bytes", contentType: "application/x-plist", body, filename: null } };
}

function fileOf({ sha256, filename }: { sha256: string; filename: string }): DownloadContent {
  return { kind: "file", sha256, contentType: "application/octet-stream", filename };
}
