/** What issuers of both kinds ask: where their challenges come from. */
import { issuerTexts as words } from "../texts/issuers.ts";
import { resourceTexts } from "../texts/resources.ts";
import type { Field, FormValues } from "./field.ts";

const isBackend =
  (name: string) =>
  ({ backend }: FormValues): boolean =>
    backend === name;

const seatNames = [
  "common_name",
  "email",
  "serial_number",
  "unique_identifier",
  "user_identifier",
  "pseudonym",
  "dn_qualifier",
  "rfc822Name",
  "dNSName",
].map((value) => ({ value, label: value.replaceAll("_", " ") }));

function accountFields(backend: string, member: string): readonly Field[] {
  const when = isBackend(backend);
  return [
    { kind: "text", name: `${member}.url`, label: words.url, isRequired: true, initial: "", when },
    { kind: "text", name: `${member}.username`, label: words.username, isRequired: true, initial: "", when },
    {
      kind: "secret",
      name: `${member}.password`,
      label: words.password,
      isRequired: true,
      initial: "",
      when,
    },
  ];
}

const digicert = isBackend("DIGICERT");
const ident = isBackend("IDENT");

export const nameFields: readonly Field[] = [
  { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
  { kind: "paragraph", name: "description", label: words.description, initial: "" },
];

/** The backend, and what each wants to know. */
export const backendFields: readonly Field[] = [
  {
    kind: "select",
    name: "backend",
    label: words.backend,
    options: words.backends,
    initial: "STATIC_CHALLENGE",
  },
  {
    kind: "secret",
    name: "static_challenge_kwargs.challenge",
    label: words.challenge,
    isRequired: true,
    initial: "",
    when: isBackend("STATIC_CHALLENGE"),
  },
  ...accountFields("MICROSOFT_CA", "microsoft_ca_kwargs"),
  ...accountFields("OKTA_CA", "okta_ca_kwargs"),
  { kind: "text", name: "ident_kwargs.url", label: words.url, isRequired: true, initial: "", when: ident },
  {
    kind: "secret",
    name: "ident_kwargs.bearer_token",
    label: words.bearer,
    isRequired: true,
    initial: "",
    when: ident,
  },
  {
    kind: "number",
    name: "ident_kwargs.request_timeout",
    label: words.timeout,
    unit: words.seconds,
    min: 1,
    initial: 30,
    when: ident,
  },
  { kind: "number", name: "ident_kwargs.max_retries", label: words.retries, min: 1, initial: 3, when: ident },
  {
    kind: "text",
    name: "digicert_kwargs.api_base_url",
    label: words.url,
    initial: "https://one.digicert.com/mpki/api/",
    when: digicert,
  },
  {
    kind: "secret",
    name: "digicert_kwargs.api_token",
    label: words.apiToken,
    isRequired: true,
    initial: "",
    when: digicert,
  },
  {
    kind: "text",
    name: "digicert_kwargs.profile_guid",
    label: words.profile,
    isRequired: true,
    initial: "",
    when: digicert,
  },
  {
    kind: "text",
    name: "digicert_kwargs.business_unit_guid",
    label: words.unit,
    isRequired: true,
    initial: "",
    when: digicert,
  },
  {
    kind: "select",
    name: "digicert_kwargs.seat_type",
    label: words.seatType,
    options: words.seatTypes,
    initial: "DEVICE_SEAT",
    when: digicert,
  },
  {
    kind: "select",
    name: "digicert_kwargs.seat_id_mapping",
    label: words.seatId,
    options: seatNames,
    initial: "common_name",
    when: digicert,
  },
  {
    kind: "text",
    name: "digicert_kwargs.default_seat_email",
    label: words.seatEmail,
    isRequired: true,
    initial: "",
    when: digicert,
  },
];

/** What a backend is called. */
export function backendName(backend: string | undefined): string {
  return words.backends.find(({ value }) => value === backend)?.label ?? words.builtIn;
}
