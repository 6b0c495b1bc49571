/**
 * An MDM server of one file for the simulator's own tests: it checks every message of a device with the protocol's
 * decoders, answers with its encoders, and remembers. It knows nothing of sessions, databases or permissions.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { signData } from "#protocol/cms/sign.ts";
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import { verifySignedData } from "#protocol/cms/verify-signed-data.ts";
import { encodeCommand } from "#protocol/mdm/connect.ts";
import { stringAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import type { PlistDictionary, PlistWritableDictionary } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { encodeCertRep } from "#protocol/scep/cert-rep.ts";
import { decodePkiMessage, openPkiMessage } from "#protocol/scep/scep-message.ts";
import type { PkiMessage } from "#protocol/scep/scep-message.ts";
import { deviceCaAnchorOf, verifyAppleDeviceChain } from "#protocol/x509/apple-device-ca.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import type { Certificate } from "#protocol/x509/certificate.ts";
import { issueCertificate, issuerOf } from "#protocol/x509/issue.ts";
import { findNameValue, nameOids } from "#protocol/x509/name.ts";
import { aCa, rsaKey } from "./identities.ts";

type Reply = { readonly status: number; readonly type?: string; readonly body?: Buffer };
/** A declaration as this server serves it. */
export type DeclaredForTest = {
  readonly section: "Activations" | "Assets" | "Configurations" | "Management";
  readonly Identifier: string;
  readonly ServerToken: string;
  readonly Type: string;
  readonly Payload: Readonly<Record<string, unknown>>;
};

type Received = {
  readonly kind: "checkin" | "connect";
  readonly message: PlistDictionary;
  readonly signer: Certificate;
};

const profileType = "application/x-apple-aspen-config";
const topic = "com.apple.mgmt.External.miniature";

export class MiniatureMdm {
  readonly topic = topic;
  readonly received: Received[] = [];
  /** SCEP requests as they came, and how. */
  readonly scepRequests: { readonly method: string; readonly message: PkiMessage; readonly raw: Buffer }[] =
    [];
  /** OTA phase bodies as they came. */
  readonly otaBodies: Buffer[] = [];
  /** What came through the operators' API, of which it knows the direct profiles. */
  readonly apiRequests: {
    readonly path: string;
    readonly authorization: string | undefined;
    readonly body: Readonly<Record<string, unknown>>;
  }[] = [];
  /** Called after each message of a device. */
  onMessage: () => void = () => undefined;
  /** Commands for the next polls. */
  readonly queue: PlistWritableDictionary[] = [];
  /** What it declares, on every channel; the manifest's token is made of the items' tokens. */
  declared: DeclaredForTest[] = [];
  /** What is downloaded from `/files/<name>`. */
  readonly files = new Map<string, Buffer>();
  scepCapabilities = "POSTPKIOperation\nSHA-256\nAES\nRenewal\n";
  /** Answers every check-in and connect with this instead, when set. */
  override: Reply | null = null;
  /** Refuses SCEP requests whose challenge is another; challenges are for all. */
  readonly challenge = `challenge-${randomUUID()}`;
  readonly #ca = aCa(rsaKey("miniature CA"), { commonName: "Miniature CA" });
  readonly #deviceCa: Certificate;
  readonly #server: Server;

  constructor(deviceCa: Buffer) {
    this.#deviceCa = decodeCertificate(deviceCa);
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, type, body }) => {
          response.writeHead(status, type === undefined ? {} : { "content-type": type }).end(body);
        },
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  messagesOf(type: string): PlistDictionary[] {
    return this.received
      .map(({ message }) => message)
      .filter((message) => stringAt(message, "MessageType") === type);
  }

  reports(): PlistDictionary[] {
    return this.received.filter(({ kind }) => kind === "connect").map(({ message }) => message);
  }

  profileService(): Buffer {
    return this.#sign({
      ...envelope("Profile Service", "profile-service"),
      PayloadContent: {
        URL: `${this.url}/ota`,
        DeviceAttributes: ["UDID", "VERSION", "PRODUCT", "SERIAL", "MEID", "IMEI"],
        Challenge: "ota-secret",
      },
    });
  }

  mdmProfile(details: { readonly commonName?: string; readonly serverUrl?: string } = {}): Buffer {
    const { commonName = "MDM$OTA$direct", serverUrl = `${this.url}/connect` } = details;
    const identityUuid = randomUUID();
    return this.#sign({
      ...envelope("Configuration", "mdm"),
      PayloadContent: [
        { ...envelope("com.apple.security.pem", "ca"), PayloadContent: this.#ca.certificate.raw },
        { ...this.#scepPayload(commonName), PayloadUUID: identityUuid },
        {
          ...envelope("com.apple.mdm", "mdm.mdm"),
          IdentityCertificateUUID: identityUuid,
          Topic: topic,
          ServerURL: serverUrl,
          CheckInURL: `${this.url}/checkin`,
          SignMessage: true,
          CheckOutWhenRemoved: true,
          ServerCapabilities: ["com.apple.mdm.bootstraptoken", "com.apple.mdm.per-user-connections"],
        },
      ],
    });
  }

  #scepPayload(commonName: string): PlistWritableDictionary {
    return {
      ...envelope("com.apple.security.scep", "scep"),
      PayloadContent: {
        URL: `${this.url}/scep`,
        Name: "CA",
        "Key Type": "RSA",
        Keysize: 2048,
        Challenge: this.challenge,
        Subject: [[["CN", commonName]], [["2.5.4.5", "ZX81"]], [["O", "MBU$1"]]],
      },
    };
  }

  #sign(profile: PlistWritableDictionary): Buffer {
    const { certificate, privateKey } = this.#ca;
    return signData({ content: writePlist(profile), certificate, privateKey, signedAttributes: true });
  }

  async #answer(request: IncomingMessage): Promise<Reply> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? "/", this.url);
    if (url.pathname === "/profile") return { status: 200, type: profileType, body: this.profileService() };
    if (url.pathname.startsWith("/api/")) return this.#answerApi(request, url, body);
    if (url.pathname.startsWith("/files/")) {
      const file = this.files.get(url.pathname.slice("/files/".length));
      return file === undefined ? { status: 404 } : { status: 200, body: file };
    }
    if (url.pathname === "/ota") return this.#answerOta(body);
    if (url.pathname === "/scep") return this.#answerScep(request.method ?? "", url, body);
    return this.#answerDevice(url.pathname === "/checkin" ? "checkin" : "connect", request, body);
  }

  #declare(message: PlistDictionary): Reply {
    const endpoint = stringAt(message, "Endpoint") ?? "";
    const DeclarationsToken = this.declared.map((each) => each.Identifier + each.ServerToken).join();
    const Timestamp = "2026-03-01T10:00:00Z";
    if (endpoint === "status") return { status: 200 };
    if (endpoint === "tokens") return json({ SyncTokens: { Timestamp, DeclarationsToken } });
    if (endpoint === "declaration-items") {
      const itemsOf = (section: string): unknown[] =>
        this.declared
          .filter((each) => each.section === section)
          .map(({ Identifier, ServerToken }) => ({
            Identifier,
            ServerToken,
          }));
      const sections = ["Activations", "Assets", "Configurations", "Management"];
      const Declarations = Object.fromEntries(sections.map((section) => [section, itemsOf(section)]));
      return json({ Declarations, DeclarationsToken });
    }
    const [, , identifier] = endpoint.split("/");
    const found = this.declared.find((each) => each.Identifier === identifier);
    if (found === undefined) return { status: 404 };
    const { section: _, ...declaration } = found;
    return json(declaration);
  }

  #answerApi(request: IncomingMessage, url: URL, body: Buffer): Reply {
    const path = `${request.method} ${url.pathname}`;
    this.apiRequests.push({
      path,
      authorization: request.headers.authorization,
      body: JSON.parse(body.toString()),
    });
    return { status: 200, type: profileType, body: this.mdmProfile() };
  }

  #answerOta(body: Buffer): Reply {
    this.otaBodies.push(body);
    const { content, signers, certificates } = verifySignedData({ signedData: decodeSignedData(body) });
    const signer = signers[0]?.certificate as Certificate; // verifySignedData refuses a message without signer.
    const attributes = readPlistDictionary(content);
    if (findNameValue(signer.subject, nameOids.commonName) === "OTA$phase-2") {
      return { status: 200, type: profileType, body: this.mdmProfile({ commonName: "MDM$OTA$session" }) };
    }
    verifyAppleDeviceChain(signer, certificates, [deviceCaAnchorOf(this.#deviceCa)]);
    if (stringAt(attributes, "CHALLENGE") !== "ota-secret") return { status: 400 };
    const scep = this.#scepPayload("OTA$phase-2");
    const profile = this.#sign({ ...envelope("Configuration", "ota-scep"), PayloadContent: [scep] });
    return { status: 200, type: profileType, body: profile };
  }

  #answerScep(method: string, url: URL, body: Buffer): Reply {
    const operation = url.searchParams.get("operation");
    if (operation === "GetCACaps") return { status: 200, body: Buffer.from(this.scepCapabilities) };
    const type = "application/x-x509-ca-cert";
    if (operation === "GetCACert") return { status: 200, type, body: this.#ca.certificate.raw };
    const raw = method === "POST" ? body : Buffer.from(url.searchParams.get("message") ?? "", "base64");
    const message = decodePkiMessage(raw);
    this.scepRequests.push({ method, message, raw });
    return { status: 200, type: "application/x-pki-message", body: this.#certify(message) };
  }

  #certify(message: PkiMessage): Buffer {
    const { request, cipher } = openPkiMessage(message, this.#ca);
    const isGranted =
      message.messageTypeName === "RenewalReq"
        ? message.signerCertificate.issuer.raw.equals(this.#ca.certificate.subject.raw)
        : request.challengePassword === this.challenge;
    const answer = {
      transactionId: message.transactionId,
      recipientNonce: message.senderNonce,
      senderNonce: randomBytes(16),
      signer: this.#ca,
    };
    if (!isGranted)
      return encodeCertRep({ outcome: { status: "failure", failInfo: "badRequest" }, ...answer });
    const raw = issueCertificate({
      serial: Buffer.concat([Buffer.from([1]), randomBytes(12)]),
      subject: request.subject.raw,
      publicKeyInfo: request.publicKeyInfo,
      issuer: issuerOf(this.#ca.certificate),
      issuerKey: this.#ca.privateKey,
      notBefore: new Date("2020-01-01T00:00:00Z"),
      notAfter: new Date("2039-01-01T00:00:00Z"),
    });
    const recipientCertificate = message.signerCertificate;
    return encodeCertRep({
      outcome: { status: "success", certificates: [{ raw }], recipientCertificate, cipher },
      ...answer,
    });
  }

  #answerDevice(kind: "checkin" | "connect", request: IncomingMessage, body: Buffer): Reply {
    const header = request.headers["mdm-signature"];
    const signature = Buffer.from(typeof header === "string" ? header : "", "base64");
    const { signers } = verifySignedData({ signedData: decodeSignedData(signature), content: body });
    const signer = signers[0]?.certificate as Certificate; // verifySignedData refuses a message without signer.
    const message = readPlistDictionary(body);
    this.received.push({ kind, message, signer });
    this.onMessage();
    if (this.override !== null) return this.override;
    if (kind === "connect") {
      // A device that is busy is left alone until it comes back by itself.
      const command = stringAt(message, "Status") === "NotNow" ? undefined : this.queue.shift();
      return {
        status: 200,
        ...(command === undefined ? {} : { body: encodeCommand(randomUUID(), command) }),
      };
    }
    if (stringAt(message, "MessageType") === "DeclarativeManagement") return this.#declare(message);
    if (stringAt(message, "MessageType") !== "GetBootstrapToken") return { status: 200 };
    const token = this.messagesOf("SetBootstrapToken").at(-1)?.["BootstrapToken"];
    return { status: 200, body: writePlist({ BootstrapToken: token ?? Buffer.alloc(0) }) };
  }
}

/** Endpoints of declarative management that were asked for, in order. */
export function endpointsOf(mdm: MiniatureMdm): string[] {
  return mdm.messagesOf("DeclarativeManagement").map((message) => stringAt(message, "Endpoint") ?? "");
}

function json(value: unknown): Reply {
  return { status: 200, type: "application/json", body: Buffer.from(JSON.stringify(value)) };
}

function envelope(type: string, suffix: string): PlistWritableDictionary {
  return {
    PayloadType: type,
    PayloadIdentifier: `test.miniature.${suffix}`,
    PayloadUUID: randomUUID(),
    PayloadVersion: 1,
    PayloadDisplayName: `Miniature ${suffix}`,
  };
}
