/** The operators' door to lists of devices: what narrows and orders them, their lines, and their lines as CSV. */
import { Readable } from "node:stream";
import { type Static, Type } from "typebox";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, type PageRequest, readEndpoint } from "#platform/http/endpoint.ts";
import { filterChoiceText } from "#platform/http/field-texts.ts";
import { orderingDescription, parseOrdering } from "#platform/http/parse-ordering.ts";
import { StreamAnswer } from "#platform/http/stream-answer.ts";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { parseWireTime, wireTime } from "#platform/http/wire-time.ts";
import type { ReadOperation } from "#platform/operation.ts";
import type { Page } from "#platform/page.ts";
import { displayedBuildVersion, displayedOsVersion } from "./device.ts";
import {
  countProblems,
  csvRecord,
  type DeviceFilter,
  type DeviceLine,
  deviceOrderings,
  deviceStates,
  isSilent,
  ownStates,
  versionsWithin,
} from "./device-list.ts";
import { listDeviceIds, listDeviceLines, listOsVersions } from "./device-list-store.ts";
import { listUnknownTags } from "./device-store.ts";

const view = "mdm.view_enrolleddevice";
const platforms = ["iOS", "iPadOS", "macOS", "tvOS"] as const;
/** Longest text that is searched for; names and serial numbers are shorter. */
const searchCharactersMax = 200;
/** Lines of an export that are read and sent at a time. */
const exportLinesAtOnce = 1_000;

const text = (description: string) => Type.Optional(Type.String({ description }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));

export const DeviceListQuery = Type.Object({
  serial_number: Type.Optional(Type.String()),
  udid: Type.Optional(Type.String()),
  short_name: text("Short name of a user channel"),
  email: text("E-mail address of the newest realm user"),
  tags: Type.Optional(Type.Array(Type.Integer(), { description: "Devices with any of these tags" })),
  excluded_tags: Type.Optional(Type.Array(Type.Integer(), { description: "Devices with none of these" })),
  search: text("Part of a serial number, name, UDID, or of the name of a user"),
  state: Type.Optional(
    Type.Array(choice(deviceStates), {
      description:
        "In any of these; enrolled devices not seen for 7 days are silent, those with a failed artifact, a parked command or a rejected push token failing",
    }),
  ),
  platform: Type.Optional(Type.Array(choice(platforms), { description: "Of any of these platforms" })),
  os_version: text("Exactly this version"),
  os_version_min: text("From this version on"),
  os_version_max: text("Below this version"),
  blueprint: Type.Optional(Type.Array(Type.Integer(), { description: "With any of these blueprints" })),
  has_blueprint: flag("Whether there is a blueprint"),
  ota_enrollment: Type.Optional(
    Type.Array(Type.Integer(), { description: "Enrolled through any of these enrollments" }),
  ),
  last_seen_before: text("Not seen since this time, UTC; never counts as not"),
  last_seen_after: text("Seen at this time or later, UTC"),
  has_failed_artifacts: flag("Whether an artifact failed to be installed or removed"),
  awaiting: flag("Whether it waits in Setup Assistant to be configured"),
  supervised: flag("Whether it is supervised"),
  artifact: Type.Optional(
    Type.String({ format: "uuid", description: "Devices that were given this artifact" }),
  ),
  artifact_status: text("What became of `artifact`"),
  ordering: Type.Optional(Type.String({ description: orderingDescription(deviceOrderings) })),
});
type ListQuery = Static<typeof DeviceListQuery>;

const optionalText = nullable(Type.String());

const LineView = Type.Object({
  id: Type.Integer(),
  serial_number: Type.String(),
  udid: Type.String(),
  name: optionalText,
  model: optionalText,
  platform: choice(platforms),
  os_version: Type.String(),
  build_version: Type.String(),
  state: choice(ownStates),
  is_silent: Type.Boolean({ description: "Enrolled, and not seen for 7 days" }),
  supervised: nullable(Type.Boolean()),
  awaiting_configuration: nullable(Type.Boolean()),
  user: nullable(
    Type.Object(
      { short_name: Type.String(), long_name: Type.String() },
      { description: "The user channel seen last" },
    ),
  ),
  blueprint: nullable(Type.Object({ id: Type.Integer(), name: Type.String() })),
  tags: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String(), color: Type.String() })),
  last_seen_at: nullable(timestamp()),
  created_at: timestamp(),
  push_rejected: Type.Boolean({ description: "Apple does not take pushes for it any more" }),
  failed_artifacts: Type.Integer(),
  parked_commands: Type.Integer({ description: "Handed out again and again, and never answered" }),
  problems: Type.Integer({ description: "All of these together" }),
});

function viewLine(line: DeviceLine, at: Date): Record<string, unknown> {
  const { userShortName, userLongName, blueprintId, blueprintName } = line;
  return {
    id: line.id,
    serial_number: line.serialNumber,
    udid: line.udid,
    name: line.name,
    model: line.model,
    platform: line.platform,
    os_version: displayedOsVersion(line),
    build_version: displayedBuildVersion(line),
    state: line.state,
    is_silent: isSilent(line, at),
    supervised: line.supervised,
    awaiting_configuration: line.awaitingConfiguration,
    user: userShortName === null ? null : { short_name: userShortName, long_name: userLongName ?? "" },
    blueprint: blueprintId === null ? null : { id: blueprintId, name: blueprintName ?? "" },
    tags: [...line.tags],
    last_seen_at: wireTime(line.lastSeenAt),
    created_at: wireTime(line.createdAt),
    push_rejected: line.isPushRejected,
    failed_artifacts: line.failedArtifacts,
    parked_commands: line.parkedCommands,
    problems: countProblems(line),
  };
}

/** Reads the filters of a list. */
export async function readDeviceFilter(reader: Reader, query: ListQuery): Promise<DeviceFilter> {
  await refuseUnknownTags(reader, query);
  const search = query.search?.trim().slice(0, searchCharactersMax);
  const osVersions = await readVersions(reader, query);
  return {
    ...given("serialNumber", query.serial_number),
    ...given("udid", query.udid),
    ...given("shortName", query.short_name),
    ...given("email", query.email),
    ...given("tags", query.tags),
    ...given("excludedTags", query.excluded_tags),
    ...given("search", search === "" ? undefined : search),
    ...given("states", query.state),
    ...given("platforms", query.platform),
    ...given("osVersions", osVersions),
    ...given("blueprints", query.blueprint),
    ...given("hasBlueprint", query.has_blueprint),
    ...given("otaEnrollments", query.ota_enrollment),
    ...given("lastSeenBefore", readTime(query, "last_seen_before")),
    ...given("lastSeenAfter", readTime(query, "last_seen_after")),
    ...given("hasFailedArtifacts", query.has_failed_artifacts),
    ...given("isAwaitingConfiguration", query.awaiting),
    ...given("isSupervised", query.supervised),
    ...given("artifact", query.artifact),
    ...given("artifactStatus", query.artifact_status),
  };
}

function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Member in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Member in Name]: Value });
}

async function readVersions(reader: Reader, query: ListQuery): Promise<readonly string[] | undefined> {
  const { os_version: exact, os_version_min: minimum, os_version_max: maximum } = query;
  if (minimum === undefined && maximum === undefined) return exact === undefined ? undefined : [exact];
  const versions = exact === undefined ? await listOsVersions(reader) : [exact];
  return versionsWithin(versions, { minimum, maximum });
}

function readTime(query: ListQuery, field: "last_seen_before" | "last_seen_after"): Date | undefined {
  const sent = query[field];
  if (sent === undefined) return undefined;
  const time = parseWireTime(sent);
  if (time !== null) return time;
  const detail = "Not a valid time.";
  throw new OperationRefused({ kind: "invalid", code: "time_malformed", field, detail });
}

/** An unknown tag is a mistake of the caller, not an empty list (http-api 2.23). */
/** The ids of the devices that a query asks for, in its order; all of them without a page. */
export async function findDevicePage(
  { tx, at }: Pick<ReadOperation, "tx" | "at">,
  query: ListQuery,
  page: PageRequest | null,
): Promise<Page<number>> {
  const filter = await readDeviceFilter(tx, query);
  return listDeviceIds(tx, { filter, orderings: parseOrdering(deviceOrderings, query.ordering), page, at });
}

async function refuseUnknownTags(reader: Reader, query: ListQuery): Promise<void> {
  for (const field of ["tags", "excluded_tags"] as const) {
    const ids = query[field];
    if (ids === undefined) continue;
    const [unknown] = await listUnknownTags(reader, ids);
    if (unknown === undefined) continue;
    const detail = filterChoiceText(String(unknown));
    throw new OperationRefused({ kind: "invalid", code: "tag_unknown", field, detail });
  }
}

const csvColumns = [
  ["id", (line) => line.id],
  ["serial_number", (line) => line.serialNumber],
  ["udid", (line) => line.udid],
  ["name", (line) => line.name],
  ["model", (line) => line.model],
  ["platform", (line) => line.platform],
  ["os_version", displayedOsVersion],
  ["build_version", displayedBuildVersion],
  ["state", (line) => line.state],
  ["is_silent", isSilent],
  ["supervised", (line) => line.supervised],
  ["user_short_name", (line) => line.userShortName],
  ["user_long_name", (line) => line.userLongName],
  ["blueprint", (line) => line.blueprintName],
  ["tags", (line) => line.tags.map(({ name }) => name).join("; ")],
  ["last_seen_at", (line) => line.lastSeenAt?.toISOString() ?? null],
  ["created_at", (line) => line.createdAt.toISOString()],
  ["push_rejected", (line) => line.isPushRejected],
  ["failed_artifacts", (line) => line.failedArtifacts],
  ["parked_commands", (line) => line.parkedCommands],
  ["problems", countProblems],
] as const satisfies readonly (readonly [
  string,
  (line: DeviceLine, at: Date) => string | number | boolean | null,
])[];

/** The lines of some devices as CSV, read as they are sent: a fleet is never in memory whole. */
async function* csvOf(
  reader: Reader,
  { ids, at }: { readonly ids: readonly number[]; readonly at: Date },
): AsyncGenerator<string> {
  yield csvRecord(csvColumns.map(([name]) => name));
  for (let first = 0; first < ids.length; first += exportLinesAtOnce) {
    const lines = await listDeviceLines(reader, ids.slice(first, first + exportLinesAtOnce));
    yield lines.map((line) => csvRecord(csvColumns.map(([, read]) => read(line, at)))).join("");
  }
}

/** Lines of devices, and their export; `GET /api/mdm/devices/` itself has all members of the reference. */
export const deviceListEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/rows/",
    operationId: "listDeviceRows",
    view: "enrolled_device_rows",
    access: view,
    summary: "Enrolled devices, one compact row each",
    description: "The filters and orders of `GET /api/mdm/devices/`, with what lists of many devices show.",
    query: DeviceListQuery,
    response: { status: 200, schema: LineView },
    list: "envelope",
    mayCountLess: true,
    handle: async (_, op, { query, page }) => {
      const found = await findDevicePage(op, query, page);
      const lines = await listDeviceLines(op.tx, found.rows);
      return { ...found, rows: lines.map((line) => viewLine(line, op.at)) };
    },
  }),
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/export/",
    operationId: "exportDevices",
    view: "enrolled_devices_export",
    access: view,
    summary: "Enrolled devices as CSV",
    description:
      "All that match the filters of `GET /api/mdm/devices/`, in the order asked for; times are UTC.",
    query: DeviceListQuery,
    response: { status: 200, schema: null, contentType: "text/csv" },
    handle: async (_, op, { query }) => {
      const { rows: ids } = await findDevicePage(op, query, null);
      const stream = Readable.from(csvOf(op.tx, { ids, at: op.at }));
      return new StreamAnswer({ contentType: "text/csv", filename: "devices.csv", stream });
    },
  }),
];
