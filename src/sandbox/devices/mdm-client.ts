/** The device's side of one conversation: signs, sends, remembers, and notices when it is told to leave. */
import { nonEmptyStringAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { formatName } from "#protocol/x509/name.ts";
import { pemOf } from "../crypto/certificate-writer.ts";
import type { Identity } from "../crypto/certificate-writer.ts";
import { signContent } from "../crypto/cms-writer.ts";
import type { SignatureShape } from "../crypto/cms-writer.ts";
import { DeviceError } from "./device-error.ts";
import { createTransport, mediaTypeOf } from "./transport.ts";
import type { Transport, WireAnswer, WireRequest } from "./transport.ts";

/** How a device shows who it is: by the profile's `SignMessage`, or as a proxy in front of the server would. */
export type IdentityProof = "as_profile_says" | "proxy_headers";

/** Content types of the MDM protocol (Apple, Device Management, "Implementing device management"). */
export const contentTypes = {
  checkin: "application/x-apple-aspen-mdm-checkin",
  connect: "application/x-apple-aspen-mdm",
} as const;

export type ClientOptions = {
  /** Shared by devices that sign; a device with a client certificate makes its own. */
  readonly transport: Transport;
  readonly trustedCaPem?: string;
  readonly shape: SignatureShape;
  readonly proof: IdentityProof;
  readonly now: () => Date;
};

/** One message to be sent: where to, what, and by whom. */
export type Outgoing = {
  readonly url: string;
  readonly kind: keyof typeof contentTypes;
  readonly body: Buffer;
  readonly identity: Identity;
  readonly signsMessages: boolean;
};

export class MdmClient {
  readonly #options: ClientOptions;
  #certificateTransport: { readonly identity: Identity; readonly transport: Transport } | null = null;
  /** The last request as it went out, for a replay. */
  lastRequest: WireRequest | null = null;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Signs (or shows a certificate) and sends one message. */
  send(outgoing: Outgoing): Promise<WireAnswer> {
    const request: WireRequest = {
      url: outgoing.url,
      method: "PUT",
      headers: { "content-type": contentTypes[outgoing.kind], ...this.#proofHeaders(outgoing) },
      body: outgoing.body,
    };
    this.lastRequest = request;
    return this.#transportFor(outgoing).send(request);
  }

  /** Sends a request as it is, for tests of hostile input. */
  sendRaw(request: WireRequest): Promise<WireAnswer> {
    return this.#options.transport.send(request);
  }

  /** The value of an `Mdm-Signature` header over a body. */
  signatureOf(body: Buffer, identity: Identity): string {
    const options = { shape: this.#options.shape, isDetached: true, at: this.#options.now() };
    return signContent(body, identity, options).toString("base64");
  }

  close(): void {
    this.#certificateTransport?.transport.close();
    this.#certificateTransport = null;
  }

  #proofHeaders({ identity, body, signsMessages }: Outgoing): Record<string, string> {
    if (this.#options.proof === "proxy_headers") return proxyHeadersOf(identity);
    return signsMessages ? { "mdm-signature": this.signatureOf(body, identity) } : {};
  }

  #transportFor({ identity, signsMessages }: Outgoing): Transport {
    if (signsMessages || this.#options.proof === "proxy_headers") return this.#options.transport;
    if (this.#certificateTransport?.identity !== identity) {
      this.close();
      const { trustedCaPem } = this.#options;
      const transport = createTransport({
        clientIdentity: identity,
        ...(trustedCaPem === undefined ? {} : { trustedCaPem }),
      });
      this.#certificateTransport = { identity, transport };
    }
    return this.#certificateTransport.transport;
  }
}

/** The headers with which a TLS proxy passes a client certificate on (spec 2.1). */
export function proxyHeadersOf(identity: Identity): Record<string, string> {
  return {
    "x-ssl-client-cert": encodeURIComponent(pemOf(identity.certificate)),
    "x-ssl-client-s-dn": formatName(decodeCertificate(identity.certificate).subject),
  };
}

/**
 * Whether an answer makes the device unenroll.
 *
 * @param understandsCode From iOS 17 and macOS 14 on also a 403 that says so; before, only 401
 *   (apple/device-management, mdm/errors/unrecognized.device.yaml).
 */
export function isToldToUnenroll(answer: WireAnswer, understandsCode: boolean): boolean {
  if (answer.status === 401) return true;
  return answer.status === 403 && understandsCode && errorCodeOf(answer) === "com.apple.unrecognized.device";
}

function errorCodeOf(answer: WireAnswer): string | null {
  try {
    if (mediaTypeOf(answer) !== "application/json") {
      return nonEmptyStringAt(readPlistDictionary(answer.body), "code");
    }
    const value: unknown = JSON.parse(answer.body.toString("utf8"));
    return typeof value === "object" && value !== null && "code" in value ? String(value.code) : null;
  } catch {
    // Not the document it says it is: an ordinary 403, which a device does not act upon.
    return null;
  }
}

/** Returns an answer of status 200. @throws {DeviceError} `status_unexpected`. */
export function expectOk(answer: WireAnswer, step: string): WireAnswer {
  if (answer.status === 200) return answer;
  const text = answer.body.toString("utf8", 0, 200);
  const message = `${step} was answered with ${answer.status}${text === "" ? "" : `: ${text}`}`;
  throw new DeviceError("status_unexpected", message, { status: answer.status });
}
