/** Enrollments over the air: how devices come in. */
import { EnrolledDevices } from "../enrollments/EnrolledDevices.tsx";
import { type Enrollment, InviteDevices } from "../enrollments/InviteDevices.tsx";
import { RevokeButton, revokeEnrollment } from "../enrollments/RevokeButton.tsx";
import { enrollmentTexts as words } from "../texts/enrollments.ts";
import { resourceTexts } from "../texts/resources.ts";
import { StatusBadge } from "../ui/StatusBadge.tsx";
import { datedFacts, relationColumn, relationsColumn } from "./common-columns.tsx";
import { RelationName, RelationNames } from "./RelationName.tsx";
import type { Resource } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";

const tones = { revoked: "bad", full: "attention", open: "good" } as const;

function stateOf({ enrollment_secret: secret }: Enrollment): keyof typeof tones {
  const { revoked_at: revoked, quota, request_count: count } = secret;
  if (revoked !== undefined) return "revoked";
  return quota !== null && count >= quota ? "full" : "open";
}

function State({ row }: { readonly row: Enrollment }) {
  const state = stateOf(row);
  return <StatusBadge tone={tones[state]}>{words[state]}</StatusBadge>;
}

const usedOf = ({ enrollment_secret: { request_count: count, quota } }: Enrollment): string =>
  words.times(count, quota);

const resource: Resource<Enrollment> = {
  api: "/api/mdm/ota_enrollments/",
  page: "/enrollments",
  model: "mdm.otaenrollment",
  eventKind: "mdm_ota_enrollment",
  texts: words,
  titleOf: ({ name }) => name,
  searched: ({ display_name: name, enrollment_secret: secret }) => [name, ...(secret.serial_numbers ?? [])],
  columns: [
    {
      id: "state",
      header: words.state,
      isFilter: true,
      cell: (row) => <State row={row} />,
      text: (row) => words[stateOf(row)],
    },
    relationColumn({ id: "blueprint", header: words.blueprint, to: "blueprint", of: (row) => row.blueprint }),
    relationsColumn({
      id: "tags",
      header: words.tags,
      to: "tag",
      of: ({ enrollment_secret: { tags } }) => tags,
    }),
    { id: "used", header: words.used, cell: usedOf },
  ],
  facts: (row) => [
    { label: words.state, value: <State row={row} /> },
    { label: words.used, value: usedOf(row) },
    { label: words.displayName, value: row.display_name },
    { label: words.blueprint, value: <RelationName to="blueprint" id={row.blueprint} /> },
    { label: words.pushCertificate, value: <RelationName to="pushCertificate" id={row.push_certificate} /> },
    { label: words.scepIssuer, value: <RelationName to="scepIssuer" id={row.scep_issuer} /> },
    { label: words.acmeIssuer, value: <RelationName to="acmeIssuer" id={row.acme_issuer} /> },
    {
      label: words.unit,
      value: <RelationName to="businessUnit" id={row.enrollment_secret.meta_business_unit} />,
    },
    { label: words.tags, value: <RelationNames to="tag" ids={row.enrollment_secret.tags} /> },
    { label: words.serials, value: row.enrollment_secret.serial_numbers?.join(", ") ?? words.anyDevice },
    ...datedFacts(row),
  ],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    {
      kind: "text",
      name: "display_name",
      label: words.displayName,
      help: words.displayNameHelp,
      initial: words.displayNameInitial,
    },
    {
      kind: "relation",
      to: "blueprint",
      name: "blueprint",
      label: words.blueprint,
      help: words.blueprintHelp,
      initial: null,
    },
    {
      kind: "relation",
      to: "pushCertificate",
      name: "push_certificate",
      label: words.pushCertificate,
      isRequired: true,
      initial: null,
    },
    {
      kind: "relation",
      to: "scepIssuer",
      name: "scep_issuer",
      label: words.scepIssuer,
      help: words.scepIssuerHelp,
      isRequired: true,
      initial: null,
    },
    {
      kind: "relation",
      to: "acmeIssuer",
      name: "acme_issuer",
      label: words.acmeIssuer,
      help: words.acmeIssuerHelp,
      initial: null,
    },
    {
      kind: "relation",
      to: "businessUnit",
      name: "enrollment_secret.meta_business_unit",
      label: words.unit,
      isRequired: true,
      initial: null,
    },
    {
      kind: "relation",
      to: "tag",
      isMany: true,
      name: "enrollment_secret.tags",
      label: words.tags,
      help: words.tagsHelp,
      initial: [],
    },
    {
      kind: "number",
      name: "enrollment_secret.quota",
      label: words.quota,
      help: words.quotaHelp,
      min: 1,
      initial: null,
    },
    {
      kind: "lines",
      name: "enrollment_secret.serial_numbers",
      label: words.serials,
      help: words.serialsHelp,
      initial: "",
    },
  ],
  tabs: [{ id: "invite", label: words.invite, content: (row) => <InviteDevices row={row} /> }],
  actions: (row) => (
    <>
      <EnrolledDevices enrollment={row.id} />
      <RevokeButton row={row} />
    </>
  ),
  bulkActions: [
    {
      id: "revoke",
      label: words.revoke,
      permission: "mdm.change_otaenrollment",
      consequence: words.revokeConsequence,
      refusal: (row) => (stateOf(row) === "revoked" ? words.revokedReason : null),
      run: revokeEnrollment,
    },
  ],
};

export const { ListPage, ObjectPage } = resourcePages(resource);
