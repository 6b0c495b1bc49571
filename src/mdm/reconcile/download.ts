// A download: what came of one, and what is told of it. Every request is recorded, served or not (protocol.md 1.13).
// The routes refuse in a fixed order: the token, what it is for, the session, the device, the user.
// Nothing told of it opens anything: tokens and URLs are never in an event.
import type { Device, DeviceUser } from "#mdm/devices/device.ts";
import type { EnrollmentSession } from "#mdm/enrollments/enrollment-session.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { ChallengeOrders } from "./rendering.ts";

export type DownloadTargetType =
  | "profile"
  | "data_asset"
  | "cert_credential_acme"
  | "cert_credential_scep"
  | "package_manifest"
  | "package_file"
  | "enterprise_app";

export type DownloadRefusal =
  | "bad_token"
  | "target_not_found"
  | "session_not_found"
  | "device_inactive"
  | "user_not_found"
  | "not_found";

/** What was asked for, as events name it. */
export type DownloadObject =
  | {
      readonly kind: "cert_asset" | "data_asset" | "profile" | "enterprise_app";
      readonly versionId: string;
      readonly version: number;
      readonly artifactId: string;
      readonly artifactName: string;
    }
  | { readonly kind: "package"; readonly id: string; readonly name: string };

/** What is known of a request by the end of it. */
export type DownloadFacts = {
  readonly targetType: DownloadTargetType;
  readonly object?: DownloadObject;
  readonly session?: EnrollmentSession;
  readonly device?: Device;
  readonly user?: DeviceUser | null;
};

/** Why a request is not served; `reason` says more than the word does. */
export type RefusedDownload = { readonly refusal: DownloadRefusal; readonly reason?: string };

/** What is answered: bytes of ours, or a stored file. */
export type DownloadContent =
  | {
      readonly kind: "bytes";
      readonly contentType: string;
      readonly body: Buffer;
      readonly filename: string | null;
    }
  | {
      readonly kind: "file";
      readonly sha256: string;
      readonly contentType: string;
      readonly filename: string;
    };

/** What comes of a request; `orders` are to be filled before it is asked again. */
export type DownloadOutcome = { readonly facts: DownloadFacts } & (
  | { readonly content: DownloadContent }
  | { readonly refused: RefusedDownload }
  | { readonly orders: ChallengeOrders }
  /** It cannot be made for this device: no event, as the reference has none (protocol.md 1.13). */
  | { readonly failed: string }
);

/** Models of sessions, as the reference's events name them. */
const sessionModels: { readonly [Kind in EnrollmentSession["kind"]]: string } = {
  dep: "depenrollmentsession",
  ota: "otaenrollmentsession",
  user: "userenrollmentsession",
  re: "reenrollmentsession",
};

/** The `mdm_download` event of a request. */
export function downloadEvent(
  { targetType, object, session, device, user }: DownloadFacts,
  ended: { readonly responseKind: "stream" | "redirect" } | RefusedDownload,
): DomainEvent {
  const isRefused = "refusal" in ended;
  const reason = isRefused ? ended.reason : undefined;
  return {
    type: "mdm_download",
    tags: ["mdm"],
    serialNumber: device?.serialNumber ?? null,
    objects: objectLinks({ object, device, user }),
    payload: {
      outcome: isRefused ? ended.refusal : "success",
      target_type: targetType,
      ...(object === undefined ? {} : { [object.kind]: objectFields(object) }),
      ...(isRefused ? {} : { response_kind: ended.responseKind }),
      ...(device === undefined ? {} : { enrolled_device: { pk: device.id, udid: device.udid } }),
      ...(user ? { enrolled_user: { pk: user.id, user_id: user.userId } } : {}),
      ...(session === undefined
        ? {}
        : { enrollment_session: { model: sessionModels[session.kind], pk: session.id } }),
      ...(reason === undefined ? {} : { reason }),
    },
  };
}

function objectFields(object: DownloadObject): Readonly<Record<string, unknown>> {
  if (object.kind === "package") return { pk: object.id, name: object.name };
  const { versionId, version, artifactId, artifactName } = object;
  return { pk: versionId, version, artifact: { pk: artifactId, name: artifactName } };
}

function objectLinks({
  object,
  device,
  user,
}: {
  readonly object: DownloadObject | undefined;
  readonly device: Device | undefined;
  readonly user: DeviceUser | null | undefined;
}): Readonly<Record<string, readonly string[]>> {
  const ofObject: Record<string, readonly string[]> =
    object === undefined
      ? {}
      : object.kind === "package"
        ? { mdm_package: [object.id] }
        : { mdm_artifact: [object.artifactId], mdm_artifactversion: [object.versionId] };
  return {
    ...ofObject,
    ...(device === undefined ? {} : { mdm_enrolleddevice: [String(device.id)] }),
    ...(user ? { mdm_enrolleduser: [String(user.id)] } : {}),
  };
}
