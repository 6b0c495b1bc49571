/**
 * Files of other servers. An operator names the address, and the server must not become a way into the network that it
 * stands in: the address that is connected to is the one that was judged, so no name can change in between.
 */
import { type LookupFunction, BlockList, isIP, isIPv6 } from "node:net";
import { lookup as resolveName } from "node:dns";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { StorageError } from "./file-storage.ts";

export type HttpsSourceOptions = {
  /** Host names and addresses that may be in private networks. */
  readonly privateHosts: readonly string[];
  /** PEM of certificate authorities, instead of the well-known ones. */
  readonly ca?: string;
  /** Instead of {@link fetchSecondsMax}; tests do not wait for that. */
  readonly secondsMax?: number;
};

const redirectsMax = 5;
/** Longest time that a file may take, moves included: a large package over a slow line, as for uploads. */
export const fetchSecondsMax = 6 * 60 * 60;
/** Longest silence of the other server. */
const silenceSecondsMax = 60;

/** Special-purpose addresses (RFC 6890 and its registries): private, loopback, link-local, multicast, documentation. */
const reserved = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  reserved.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["::", 96],
  ["64:ff9b::", 16],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["fc00::", 7],
  ["fe80::", 9],
  ["ff00::", 8],
] as const)
  reserved.addSubnet(network, bits, "ipv6");

/** Whether an address is not of the public internet. */
export function isReservedAddress(address: string): boolean {
  return reserved.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Makes the function that opens a file; it throws {@link StorageError} `storage_failed` for everything else. */
export function createHttpsSource(options: HttpsSourceOptions): (url: URL) => Promise<IncomingMessage> {
  return async (url) => {
    const deadline = AbortSignal.timeout((options.secondsMax ?? fetchSecondsMax) * 1000);
    let target = url;
    for (let redirects = 0; redirects <= redirectsMax; redirects++) {
      const response = await get(target, deadline, options);
      const { statusCode = 0, headers } = response;
      if (statusCode === 200) return response;
      response.destroy();
      const isRedirect = [301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined;
      if (!isRedirect || !URL.canParse(headers.location ?? "", target.href)) {
        throw failed(`The server of the file answered ${statusCode}`);
      }
      target = new URL(headers.location ?? "", target);
    }
    throw failed("The file was moved too often");
  };
}

async function get(
  url: URL,
  deadline: AbortSignal,
  { privateHosts, ca }: HttpsSourceOptions,
): Promise<IncomingMessage> {
  if (url.protocol !== "https:") throw failed("The file is not served by https");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const mayBePrivate = privateHosts.includes(host);
  // An address is connected to without a look-up.
  if (!mayBePrivate && isIP(host) !== 0 && isReservedAddress(host)) throw reservedAddress();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = requestHttps(
    url,
    {
      agent: false,
      timeout: silenceSecondsMax * 1000,
      ...(ca === undefined ? {} : { ca }),
      ...(mayBePrivate ? {} : { lookup: publicLookup }),
    },
    resolve,
  );
  request.on("timeout", () => request.destroy(failed("The server of the file does not answer")));
  endAtDeadline(request, deadline);
  request.on("error", (error) =>
    reject(error instanceof StorageError ? error : failed(error.message, error)),
  );
  request.end();
  return promise;
}

/** Whoever sends a byte now and then is never silent, and would hold a connection and a file for ever. */
function endAtDeadline(request: ClientRequest, deadline: AbortSignal): void {
  let answered: IncomingMessage | null = null;
  request.once("response", (response) => (answered = response));
  const end = (): void => void (answered ?? request).destroy(failed("The file takes too long to arrive"));
  if (deadline.aborted) end();
  deadline.addEventListener("abort", end, { once: true });
  request.once("close", () => deadline.removeEventListener("abort", end));
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, "");
    if (addresses.some(({ address }) => isReservedAddress(address))) return callback(reservedAddress(), "");
    const [first] = addresses;
    if (options.all === true) return callback(null, addresses);
    return callback(null, first?.address ?? "", first?.family);
  });
};

function reservedAddress(): StorageError {
  return failed("The server of the file is in a private network; POMONA_FILES_PRIVATE_HOSTS may allow it");
}

function failed(message: string, cause?: Error): StorageError {
  return new StorageError("storage_failed", message, cause === undefined ? {} : { cause });
}
