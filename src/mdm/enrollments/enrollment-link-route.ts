/** Where a link or a QR code of an enrollment leads: the profile that a device begins with, for those who know the secret. */
import { clientNetwork } from "#platform/client-network.ts";
import { type CountRequest, createRequestRate, type RequestRate } from "#platform/http/request-rate.ts";
import { deviceActor, type RawRequest, type RawResponse, type RawRoute } from "#platform/http/raw-route.ts";
import { type OperationSource, readOperation } from "#platform/operation.ts";
import { publicMdmPath } from "#protocol/profile/device-urls.ts";
import { profileContentType, profileNames } from "./enrollment-profile.ts";
import type { ProfileDeps } from "./enrollment-profile-operations.ts";
import { secretLengths } from "./enrollment-secret.ts";
import { buildLinkedProfile } from "./ota-enrollment-operations.ts";

export type EnrollmentLinkDeps = ProfileDeps & { readonly source: OperationSource };

/** Of one address: a hall of people behind one, who scan a code at the same time, and then one more each second. */
export const linkRate: RequestRate = { burst: 300, perMinute: 60 };

/** One door; whatever is no key to it is a 404 that does not say why. Each answer costs a look-up and a signature. */
export function enrollmentLinkRoute(deps: EnrollmentLinkDeps): RawRoute {
  const countRequest = createRequestRate(linkRate);
  return {
    methods: ["GET"],
    path: `${publicMdmPath}enroll/:secret/`,
    // A GET has no body.
    bodyBytesMax: 1,
    handle: async (request) => refuseHaste(deps, request, countRequest) ?? (await answerLink(deps, request)),
  };
}

/** The 429 of an address that asks too often; else null. */
function refuseHaste(
  { source }: EnrollmentLinkDeps,
  { ip }: RawRequest,
  countRequest: CountRequest,
): RawResponse | null {
  const retrySeconds = countRequest({ key: clientNetwork(ip), at: source.clock.now() });
  if (retrySeconds === 0) return null;
  const headers = { "content-type": "text/plain", "retry-after": String(retrySeconds) };
  return { status: 429, headers, body: "Too Many Requests\n" };
}

async function answerLink(deps: EnrollmentLinkDeps, request: RawRequest): Promise<RawResponse> {
  const { secret = "" } = request.params;
  // The path is a secret, so that nothing keeps it: neither an event nor the log.
  const op = readOperation(deps.source, deviceActor({ ...request, path: "" }, null));
  const isOfLength = secret.length === secretLengths.ota_enrollment;
  const profile = isOfLength ? await buildLinkedProfile(op, deps, secret) : null;
  if (profile === null) {
    return { status: 404, headers: { "content-type": "text/plain" }, body: "Not Found\n" };
  }
  return {
    status: 200,
    headers: {
      "content-type": profileContentType,
      "content-disposition": `attachment; filename="${profileNames.profileService}.mobileconfig"`,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    },
    body: profile,
  };
}
