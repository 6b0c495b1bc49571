/** Versions whose content is fields: what can be written of a certificate, and of how an app is installed. */
import { bodyOf, type Field, formValues, type FormValues } from "../resources/field.ts";
import { plainText } from "../format/plain-text.ts";
import { appTexts } from "../texts/apps.ts";
import { certificateTexts as words } from "../texts/certificates.ts";
import type { ArtifactType } from "./artifact-kinds.ts";
import { readSubject, type SubjectPart, writeSubject } from "./subject-lines.ts";
import type { VersionRow } from "./version-content.ts";

export type VersionFields = {
  readonly fields: readonly Field[];
  /** What the form begins with: a version, or null for the first. */
  readonly valuesOf: (version: VersionRow | null) => FormValues;
  readonly bodyOf: (values: FormValues) => FormValues;
};

const alternativeNames = ["rfc822Name", "dNSName", "uniformResourceIdentifier", "ntPrincipalName"] as const;

const certificateFields: readonly Field[] = [
  {
    kind: "relation",
    to: "acmeIssuer",
    name: "acme_issuer",
    label: words.acmeIssuer,
    help: words.issuerHelp,
    initial: null,
  },
  { kind: "relation", to: "scepIssuer", name: "scep_issuer", label: words.scepIssuer, initial: null },
  { kind: "paragraph", name: "subject", label: words.subject, help: words.subjectHelp, initial: "" },
  ...alternativeNames.map(
    (name): Field => ({ kind: "text", name: `subject_alt_name.${name}`, label: words[name], initial: null }),
  ),
  {
    kind: "select",
    name: "accessible",
    label: words.accessible,
    options: words.accessibleOptions,
    initial: "Default",
  },
];

/** A certificate; its subject is written a part a line. */
export const certificate: VersionFields = {
  fields: certificateFields,
  valuesOf: (version) =>
    formValues(
      certificateFields,
      version && { ...version, subject: writeSubject(version["subject"] as readonly SubjectPart[]) },
    ),
  bodyOf: (values) => ({
    ...bodyOf(certificateFields, values),
    subject: readSubject(plainText(values["subject"])),
  }),
};

const isManaged = (values: FormValues): boolean => values["install_as_managed"] === true;

const appFields: readonly Field[] = [
  {
    kind: "switch",
    name: "install_as_managed",
    label: appTexts.managed,
    help: appTexts.managedHelp,
    initial: false,
  },
  {
    kind: "switch",
    name: "remove_on_unenroll",
    label: appTexts.removed,
    help: appTexts.removedHelp,
    initial: false,
    when: isManaged,
  },
  { kind: "switch", name: "ios_app", label: appTexts.iosApp, help: appTexts.iosAppHelp, initial: false },
  {
    kind: "paragraph",
    name: "configuration",
    label: appTexts.configuration,
    help: appTexts.configurationHelp,
    initial: null,
  },
];

/** How an app is installed. Only what is managed can be removed with the management. */
export const appOptions: VersionFields = {
  fields: appFields,
  valuesOf: (version) => formValues(appFields, version),
  bodyOf: (values) => ({ remove_on_unenroll: false, ...bodyOf(appFields, values) }),
};

/** Null for types whose versions are files or documents alone. */
export function versionFieldsOf(type: ArtifactType): VersionFields | null {
  if (type === "Certificate Asset") return certificate;
  return type === "Enterprise App" ? appOptions : null;
}
