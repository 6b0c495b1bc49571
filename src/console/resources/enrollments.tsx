/** Enrollments over the air: how devices come in. */
import { type Enrollment, InviteDevices } from "../enrollments/InviteDevices.tsx";
import { RevokeButton } from "../enrollments/RevokeButton.tsx";
import { enrollmentTexts as words } from "../texts/enrollments.ts";
import { resourceTexts } from "../texts/resources.ts";
import { StatusBadge } from "../ui/StatusBadge.tsx";
import { datedFacts } from "./common-columns.tsx";
import { RelationName, RelationNames } from "./RelationName.tsx";
import type { Resource } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";

function State({ row }: { readonly row: Enrollment }) {
  const { revoked_at: revoked, quota, request_count: count } = row.enrollment_secret;
  if (revoked !== undefined) return <StatusBadge tone="bad">{words.revoked}</StatusBadge>;
  if (quota !== null && count >= quota) return <StatusBadge tone="attention">{words.full}</StatusBadge>;
  return <StatusBadge tone="good">{words.open}</StatusBadge>;
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
  columns: [
    { id: "state", header: words.state, cell: (row) => <State row={row} /> },
    {
      id: "blueprint",
      header: words.blueprint,
      cell: ({ blueprint: id }) => <RelationName to="blueprint" id={id} />,
    },
    {
      id: "tags",
      header: words.tags,
      cell: ({ enrollment_secret: { tags } }) => <RelationNames to="tag" ids={tags} />,
    },
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
      initial: "Device management",
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
  actions: (row) => <RevokeButton row={row} />,
};

export const { ListPage, ObjectPage } = resourcePages(resource);
