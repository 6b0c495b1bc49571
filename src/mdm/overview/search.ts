/**
 * One search over everything that has a name (console-ops 7.1, 13): who looks for something does not know which list it
 * is in. Each kind is searched for those who may see it, what begins with the text comes first.
 */

/** Shorter texts are in nearly every name. */
export const searchCharactersMin = 2;
/** Longer ones are in none. */
export const searchCharactersMax = 200;
/** Hits of one kind; who wants more uses its list. */
export const hitsOfKindMax = 8;

/** Kinds in the order they are shown, with the permission that seeing them takes. */
export const searchPermissions = {
  device: "mdm.view_enrolleddevice",
  user: "mdm.view_enrolleduser",
  blueprint: "mdm.view_blueprint",
  artifact: "mdm.view_artifact",
  ota_enrollment: "mdm.view_otaenrollment",
  push_certificate: "mdm.view_pushcertificate",
  tag: "inventory.view_tag",
} as const;
export type SearchKind = keyof typeof searchPermissions;
// Object.keys knows the members only as text.
export const searchKinds = Object.keys(searchPermissions) as readonly SearchKind[];

export type SearchHit = {
  readonly kind: SearchKind;
  /** Integer or UUID, as text. */
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  /** Of a user channel, its device. */
  readonly deviceId: number | null;
};

/** What LIKE finds at the beginning, and anywhere. */
export type SearchPatterns = { readonly beginning: string; readonly anywhere: string };

/** Makes the patterns of a text; null when it is too short to search for. */
export function searchPatterns(text: string): SearchPatterns | null {
  const wanted = text.trim().slice(0, searchCharactersMax);
  if (wanted.length < searchCharactersMin) return null;
  const literal = wanted.replaceAll(/[\\%_]/g, "\\$&");
  return { beginning: `${literal}%`, anywhere: `%${literal}%` };
}
