// A download: what came of one, and what is told of it. Every request is recorded, served or not (protocol.md 1.13).
// The routes refuse in a fixed order: the token, what it is for, the session, the device, the user.
// Nothing told of it opens anything: tokens and URLs are never in an event.
import type { Device, DeviceUser } from "#mdm/devices/device.ts";
import type { EnrollmentSession } from "#mdm/enrollments/enrollment-session.ts";
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
  | "too_many"
  | "target_not_found"
  | "session_not_found"
  | "device_inactive"
  | "user_not_found"
  | "not_found"
  | "range_not_satisfiable";

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
export type RefusedDownload = {
  readonly refusal: DownloadRefusal;
  readonly reason?: string;
  /** Of `too_many`: when to ask again. */
  readonly retrySeconds?: number;
};

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
