/** The OTA doors: a signed message of a device in, the next signed profile out, or 400 without a word why. */
import { ScepIssuerError, issuerChangedText } from "#mdm/identities/scep-backends/scep-issuer-error.ts";
import { OperationRefused, type Refusal } from "#platform/errors.ts";
import { deviceActor, type RawRequest, type RawResponse, type RawRoute } from "#platform/http/raw-route.ts";
import { type Actor, type OperationSource, operate } from "#platform/operation.ts";
import { deviceAttributesBodyBytesMax } from "#protocol/ota/device-attributes.ts";
import { publicMdmPath } from "#protocol/profile/device-urls.ts";
import { otaEnrollmentRequest } from "./enrollment-events.ts";
import { profileContentType, profileNames } from "./enrollment-profile.ts";
import type { OtaFlavour } from "./enrollment-profile-operations.ts";
import { type OtaRequest, type OtaTrust, readOtaRequest } from "./ota-request.ts";
import {
  type OtaAnswer,
  type OtaRequestDeps,
  answerOtaRequest,
  finishOtaRequest,
} from "./ota-request-operations.ts";

export type OtaRouteDeps = OtaRequestDeps & OtaTrust & { readonly source: OperationSource };

/** The two doors: that of enrollment secrets, and that of sessions which began with a login (spec 1.11). */
export function otaRoutes(deps: OtaRouteDeps): RawRoute[] {
  return [
    otaRoute(deps, `${publicMdmPath}ota_enroll/`, "enrollment"),
    otaRoute(deps, `${publicMdmPath}ota_session_enroll/`, "session"),
  ];
}

function otaRoute(deps: OtaRouteDeps, path: string, flavour: OtaFlavour): RawRoute {
  return {
    methods: ["POST"],
    path,
    bodyBytesMax: deviceAttributesBodyBytesMax,
    handle: (request) => handleOtaRequest(deps, flavour, request),
    recordRefusal: (request, refusal) => void abort(deps, request, { refusal, request: null }),
  };
}

async function handleOtaRequest(
  deps: OtaRouteDeps,
  flavour: OtaFlavour,
  raw: RawRequest,
): Promise<RawResponse> {
  const request = readOtaRequest(raw.body, deps, deps.source.clock.now());
  if ("code" in request) return abort(deps, raw, { refusal: request, request: null });
  try {
    const actor = deviceActor(raw, request.attributes.serialNumber);
    return profileResponse(await answer(deps, actor, { request, flavour }));
  } catch (error) {
    if (error instanceof OperationRefused) return abort(deps, raw, { refusal: error.refusal, request });
    if (error instanceof ScepIssuerError) {
      const refusal = { kind: "invalid", code: error.code, detail: error.message } as const;
      // No fault of the request: the device may try again (spec 8.3).
      return { ...abort(deps, raw, { refusal, request }), status: 500, body: "Server Error\n" };
    }
    throw error;
  }
}

/** In one transaction; in two with an issuer of another organisation, which is asked between them. */
async function answer(
  deps: OtaRouteDeps,
  actor: Actor,
  { request, flavour }: { readonly request: OtaRequest; readonly flavour: OtaFlavour },
): Promise<OtaAnswer> {
  const first = await operate(deps.source, actor, (op) => answerOtaRequest(op, deps, { request, flavour }));
  if (!("order" in first)) return first;
  const { order, sessionId } = first;
  const fetched = await deps.fetchScepChallenge(order);
  const facts = { request, sessionId, fetched };
  const second = await operate(deps.source, actor, (op) => finishOtaRequest(op, deps, facts));
  if ("order" in second) throw new ScepIssuerError(issuerChangedText);
  return second;
}

function profileResponse({ phase, profile }: OtaAnswer): RawResponse {
  const name = phase === 2 ? profileNames.otaScep : profileNames.mdm;
  return {
    status: 200,
    headers: {
      "content-type": profileContentType,
      "content-disposition": `attachment; filename="${name}.mobileconfig"`,
      "cache-control": "no-store",
    },
    body: profile,
  };
}

/**
 * Records why, in an event and in the log, and answers 400 without saying it (spec 0.4). A message of an unknown
 * signer does not say which machine it is about: what it claims would end up on that machine's timeline.
 */
function abort(
  deps: OtaRouteDeps,
  raw: RawRequest,
  { refusal, request }: { readonly refusal: Refusal; readonly request: OtaRequest | null },
): RawResponse {
  const { serialNumber = null, udid = null } = request?.attributes ?? {};
  const facts = { status: "failure", reason: refusal.detail, session: null } as const;
  const event = otaEnrollmentRequest({ ...facts, phase: request?.phase ?? null, serialNumber, udid });
  deps.eventBuffer.add(event, { actor: deviceActor(raw, serialNumber), at: deps.source.clock.now() });
  const { code, detail } = refusal;
  deps.source.log.info({ requestId: raw.requestId, ip: raw.ip, code, detail }, "OTA request refused");
  return { status: 400, headers: { "content-type": "text/plain" }, body: "Bad Request\n" };
}
