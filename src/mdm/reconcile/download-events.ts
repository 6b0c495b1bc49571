/** The events of downloads (protocol.md 10): `mdm_download`, one for every request that names something of ours. */
import type { Device, DeviceUser } from "#mdm/devices/device.ts";
import type { EnrollmentSession } from "#mdm/enrollments/enrollment-session.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { DownloadFacts, DownloadObject, RefusedDownload } from "./download.ts";

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
