// What a manifest promises, as it is kept: targets are served what they were promised, whatever has changed since.
// Made when a manifest is promised; the door looks identifiers up in it.
// It never holds payloads of artifacts: their versions are immutable.
import { enforcementType } from "./enforcement.ts";
import type { Manifest } from "./manifest.ts";
import type { SnapshotDeclaration, SnapshotItem } from "./target.ts";

/** What a manifest promises, by identifier; what the server makes of a blueprint is kept whole. */
export function snapshotOf(manifest: Manifest): Readonly<Record<string, SnapshotItem>> {
  const { activation, subscriptions, enforcement } = manifest;
  const made = new Map<string, SnapshotDeclaration>([
    [
      activation.identifier,
      {
        Type: "com.apple.activation.simple",
        Payload: { StandardConfigurations: activation.configurations },
      },
    ],
    [
      subscriptions.identifier,
      {
        Type: "com.apple.configuration.management.status-subscriptions",
        Payload: { StatusItems: subscriptions.names.map((Name) => ({ Name })) },
      },
    ],
    ...(enforcement === null
      ? []
      : [
          [
            enforcement.identifier,
            {
              Type: enforcementType,
              Payload: { ...enforcement.payload },
            },
          ] as const,
        ]),
  ]);
  return Object.fromEntries(
    manifest.entries.map(({ section, identifier, serverToken, artifact }) => [
      identifier,
      {
        section,
        serverToken,
        versionId: artifact?.versionId ?? null,
        declaration: artifact === null ? (made.get(identifier) ?? null) : null,
      },
    ]),
  );
}
