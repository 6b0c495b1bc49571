/** The SCEP server over HTTP: what it says, what it grants, and how it says no to hostile and confused clients. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { createEventBuffer } from "#platform/events/event-buffer.ts";
import { type HttpServer, createHttpServer } from "#platform/http/http-server.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { decryptEnveloped } from "#protocol/cms/enveloped-data.ts";
import { type CertRep, decodeCertRep, decodeCertificatesOnly } from "#protocol/scep/cert-rep.ts";
import { encodePkiRequest } from "#protocol/scep/scep-request.ts";
import type { Certificate } from "#protocol/x509/certificate.ts";
import { encodeCertificateRequest } from "#protocol/x509/certificate-request.ts";
import { findNameValue, nameOids } from "#protocol/x509/name.ts";
import {
  type Identity,
  type KeyPair,
  aCa,
  anIdentity,
  ecKey,
  rsaKey,
} from "../../../test/tools/identities.ts";
import { expectSettings } from "../../../test/tools/scep-payloads.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { ensureAuthority, ensureBuiltInScepIssuer } from "./authority-operations.ts";
import { requestScepPayload } from "./identity-operations.ts";
import type { ProfileSigner } from "./profile-signing.ts";
import { findProvisionedScepIssuer } from "./scep-issuer-store.ts";
import { scepMessageBytesMax } from "./scep-request.ts";
import { type ScepRouteDeps, scepRoute } from "./scep-route.ts";

const database = useTestDatabase();
const subject = [{ oid: nameOids.commonName, value: "decided by policy" }];
let deps: ScepRouteDeps;
let profileSigner: ProfileSigner;
let server: HttpServer;
let origin: string;

beforeAll(async () => {
  const sealer = createSealer(new Secret(randomBytes(32)));
  const material = await database.testOperation(async (op) => {
    await ensureBuiltInScepIssuer(op, new URL("https://mdm.example.com"));
    return ensureAuthority(op, { sealer, randomBytes, tls: null });
  });
  ({ profileSigner } = material);
  deps = {
    ...material,
    sealer,
    randomBytes,
    source: database.source,
    eventBuffer: createEventBuffer(database.database, database.log),
    renewalPolicy: () => Promise.resolve({ boundTo: "device:1", subject }),
  };
  server = createHttpServer({
    source: database.source,
    endpoints: [],
    rawRoutes: [scepRoute(deps)],
    authenticate: () => Promise.resolve({ unauthenticated: true, detail: "Nobody calls" }),
  });
  origin = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});

afterAll(async () => {
  await server.close();
  await deps.eventBuffer.close();
});

async function aChallenge(): Promise<string> {
  const settings = await database.testOperation(async (op) => {
    const issuer = await findProvisionedScepIssuer(op.tx, "built-in");
    if (issuer === null) throw new Error("The built-in issuer is missing");
    const request = { scepIssuerId: issuer.id, boundTo: "session:1", subject };
    return expectSettings(await requestScepPayload(op, deps, request));
  });
  return settings.challenge.reveal();
}

/** A client: its key in the self-signed certificate that SCEP begins with. */
function aClient(key: KeyPair = rsaKey("device one")): Identity {
  return aCa(key, { commonName: "mine", isCa: false, keyUsage: ["digitalSignature", "keyEncipherment"] });
}

type Request = Partial<Parameters<typeof encodePkiRequest>[0]> & {
  readonly challenge?: string;
  readonly client?: Identity;
  readonly requestKey?: KeyPair;
};

function encodeRequest({
  challenge,
  client = aClient(),
  requestKey = client,
  ...overrides
}: Request = {}): Buffer {
  const request = encodeCertificateRequest({
    subject: [{ oid: nameOids.commonName, value: "mine" }],
    privateKey: requestKey.privateKey,
    publicKeyInfo: requestKey.spki,
    ...(challenge === undefined ? {} : { challenge }),
  });
  return encodePkiRequest({
    type: "PKCSReq",
    request,
    transactionId: randomBytes(20).toString("hex"),
    senderNonce: randomBytes(16),
    signer: client,
    recipient: deps.authority.certificate,
    ...overrides,
  });
}

async function post(message: Uint8Array, query = "operation=PKIOperation"): Promise<Response> {
  return fetch(`${origin}/scep/?${query}`, { method: "POST", body: message });
}

async function ask(message: Uint8Array): Promise<CertRep> {
  return answerOf(await post(message));
}

async function answerOf(response: Response): Promise<CertRep> {
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/x-pki-message");
  return decodeCertRep(Buffer.from(await response.arrayBuffer()));
}

/** Opens an answer with the client's key, whatever its certificate was called. */
function issued(answer: CertRep, { privateKey }: KeyPair = rsaKey("device one")): Certificate {
  expect(answer.pkiStatus).toBe("success");
  expect(answer.signerCertificate.raw).toEqual(deps.authority.certificate.raw);
  const [certificate] = decodeCertificatesOnly(
    decryptEnveloped(answer.envelope ?? Buffer.alloc(0), { privateKey }),
  );
  if (certificate === undefined) throw new Error("The answer holds no certificate");
  return certificate;
}

/** The reason in the newest event of a refusal. */
async function lastRefusal(): Promise<unknown> {
  await deps.eventBuffer.flush();
  const { payload } = await database.database.one<{ payload: Record<string, unknown> }>(sql`
    select payload from events where type = 'scep_request' and payload->>'status' = 'failure'
     order by sequence desc limit 1`);
  return payload["reason"];
}

async function countCertificates(): Promise<number> {
  const { count } = await database.database.one<{ count: number }>(
    sql`select count(*)::integer as count from issued_certificates`,
  );
  return count;
}

async function expectRefused(message: Uint8Array, reason: string): Promise<void> {
  const before = await countCertificates();
  const answer = await ask(message);
  expect({ status: answer.pkiStatus, failInfo: answer.failInfo, envelope: answer.envelope }).toEqual({
    status: "failure",
    failInfo: "badRequest",
    envelope: null,
  });
  expect(await lastRefusal()).toBe(reason);
  expect(await countCertificates()).toBe(before);
}

describe("the SCEP server", () => {
  test.each(["/scep/", "/scep"])("says at %s what it can and who it is", async (path) => {
    const capabilities = await fetch(`${origin}${path}?operation=GetCACaps`);
    expect((await capabilities.text()).split("\n")).toEqual(
      expect.arrayContaining(["AES", "DES3", "POSTPKIOperation", "Renewal", "SCEPStandard", "SHA-256"]),
    );
    const authority = await fetch(`${origin}${path}?operation=GetCACert&message=Built-in%20CA`);
    expect(authority.headers.get("content-type")).toBe("application/x-x509-ca-cert");
    expect(Buffer.from(await authority.arrayBuffer())).toEqual(deps.authority.certificate.raw);
  });

  test.each(["aes-128-cbc", "aes-256-cbc", "des-ede3-cbc", "des-cbc"] as const)(
    "answers a request in %s with the certificate that policy decided",
    async (cipher) => {
      const senderNonce = randomBytes(16);
      const answer = await ask(encodeRequest({ challenge: await aChallenge(), cipher, senderNonce }));
      expect(answer.recipientNonce).toEqual(senderNonce);
      const certificate = issued(answer);
      expect(certificate.publicKeyInfo).toEqual(aClient().spki);
      expect(findNameValue(certificate.subject, nameOids.commonName)).toBe("decided by policy");
    },
  );

  test.each(["sha1", "sha256", "sha512"] as const)("takes a message signed with %s", async (hash) => {
    issued(await ask(encodeRequest({ challenge: await aChallenge(), hash })));
  });

  test("takes a message in the query of a GET, in either base64 alphabet, escaped or not", async () => {
    const message = encodeRequest({ challenge: await aChallenge() });
    const forms = [
      encodeURIComponent(message.toString("base64")),
      message.toString("base64").replaceAll("=", "%3D"),
      message.toString("base64url"),
    ];
    const answers = [];
    for (const form of forms) {
      answers.push(
        issued(await answerOf(await fetch(`${origin}/scep?operation=PKIOperation&message=${form}`))),
      );
    }
    // The same message three times is one request repeated.
    expect(new Set(answers.map(({ raw }) => raw.toString("hex"))).size).toBe(1);
  });

  test("reads the body of a POST that repeats its message in the query", async () => {
    const message = encodeRequest({ challenge: await aChallenge() });
    const query = `operation=PKIOperation&message=${encodeURIComponent(message.toString("base64"))}`;
    issued(await answerOf(await post(message, query)));
  });

  test("renews with the key of the certificate and no challenge", async () => {
    const first = issued(await ask(encodeRequest({ challenge: await aChallenge() })));
    const client: Identity = { ...aClient(), certificate: first };
    const requestKey = rsaKey("device two");
    const answer = await ask(encodeRequest({ type: "RenewalReq", client, requestKey }));
    expect(issued(answer, client).publicKeyInfo).toEqual(requestKey.spki);
  });

  test("gives one certificate when two keys use one challenge at once", async () => {
    const challenge = await aChallenge();
    const clients = [aClient(rsaKey("device one")), aClient(rsaKey("device two"))];
    const before = await countCertificates();
    const answers = await Promise.all(clients.map((client) => ask(encodeRequest({ challenge, client }))));
    expect(answers.map(({ pkiStatus }) => pkiStatus).sort()).toEqual(["failure", "success"]);
    expect(await countCertificates()).toBe(before + 1);
    expect(await lastRefusal()).toBe("scep_challenge_used");
  });
});

describe("a request is refused without a word of why", () => {
  test("without a challenge, with an empty and with an unknown one", async () => {
    await expectRefused(encodeRequest(), "scep_challenge_missing");
    await expectRefused(encodeRequest({ challenge: "" }), "scep_challenge_missing");
    await expectRefused(encodeRequest({ challenge: "f".repeat(40) }), "scep_challenge_unknown");
    await expectRefused(encodeRequest({ challenge: "f".repeat(20_000) }), "scep_challenge_unknown");
  });

  test("with a used challenge, and with an expired one", async () => {
    const challenge = await aChallenge();
    const unused = await aChallenge();
    issued(await ask(encodeRequest({ challenge })));
    await expectRefused(encodeRequest({ challenge }), "scep_challenge_used");
    await expectRefused(
      encodeRequest({ challenge, client: aClient(rsaKey("device two")) }),
      "scep_challenge_used",
    );
    database.clock.advance(3_600);
    await expectRefused(encodeRequest({ challenge: unused }), "scep_challenge_expired");
    database.clock.set(testStart);
  });

  test("of another type than PKCSReq and RenewalReq", async () => {
    const challenge = await aChallenge();
    await expectRefused(encodeRequest({ type: "UpdateReq", challenge }), "scep_message_type_refused");
    for (const type of ["CertPoll", "GetCert", "GetCRL"] as const) {
      const message = encodeRequest({ type: type as "UpdateReq", challenge });
      await expectRefused(message, "scep_message_type_refused");
    }
    issued(await ask(encodeRequest({ challenge })));
  });

  test("encrypted to another authority, even of the same name", async () => {
    const other = aCa(rsaKey("other authority"), { subject: deps.authority.certificate.subject.raw });
    const challenge = await aChallenge();
    await expectRefused(
      encodeRequest({ challenge, recipient: other.certificate }),
      "scep_request_unreadable",
    );
  });

  test("about a key its sender does not hold, or does not sign with", async () => {
    const challenge = await aChallenge();
    const mismatch = encodeRequest({ challenge, requestKey: rsaKey("device two") });
    await expectRefused(mismatch, "scep_signer_mismatch");
    const borrowed = { ...rsaKey("device one"), privateKey: rsaKey("device two").privateKey };
    await expectRefused(encodeRequest({ challenge, requestKey: borrowed }), "scep_request_unreadable");
  });

  test("about a key that is too small or not RSA", async () => {
    const challenge = await aChallenge();
    await expectRefused(
      encodeRequest({ challenge, client: aClient(rsaKey("small", 1024)) }),
      "scep_key_refused",
    );
    await expectRefused(encodeRequest({ challenge, client: aClient(ecKey("device")) }), "scep_key_refused");
  });

  test("to renew with a certificate that is self-signed, of another CA, expired, or the authority's own signer", async () => {
    const type = "RenewalReq";
    await expectRefused(encodeRequest({ type }), "scep_renewal_signer_refused");
    const other = aCa(rsaKey("other authority"), { subject: deps.authority.certificate.subject.raw });
    const foreign = anIdentity(other, rsaKey("device one"));
    await expectRefused(encodeRequest({ type, client: foreign }), "scep_renewal_signer_refused");
    const { certificate, privateKey } = profileSigner;
    const signer = { ...rsaKey("device one"), privateKey, certificate };
    await expectRefused(
      encodeRequest({ type, client: signer, requestKey: rsaKey("device one") }),
      "scep_renewal_signer_refused",
    );
    const mine = issued(await ask(encodeRequest({ challenge: await aChallenge() })));
    database.clock.advance(366 * 86_400);
    const expired = { ...aClient(), certificate: mine };
    await expectRefused(encodeRequest({ type, client: expired }), "scep_renewal_signer_refused");
    database.clock.set(testStart);
  });

  test("with a challenge where the envelope holds no request", async () => {
    await expectRefused(encodeRequest({ request: Buffer.from("not a request") }), "scep_request_unreadable");
    await expectRefused(encodeRequest({ request: Buffer.alloc(0) }), "scep_request_unreadable");
  });
});

describe("what is no SCEP message is a 400", () => {
  test.each([
    ["an unknown operation", "GET", "operation=GetNextCACert", "", "scep_operation_unknown"],
    ["no operation", "GET", "", "", "scep_operation_unknown"],
    ["a GET without a message", "GET", "operation=PKIOperation", "", "scep_message_missing"],
    ["a GET with something else", "GET", "operation=PKIOperation&message=%00%22", "", "scep_message_missing"],
    ["an empty POST", "POST", "operation=PKIOperation", "", "scep_message_missing"],
    ["a POST of something else", "POST", "operation=PKIOperation", "hello", "scep_message_malformed"],
  ])("%s", async (_, method, query, body, reason) => {
    const response = await fetch(`${origin}/scep/?${query}`, {
      method,
      ...(method === "POST" ? { body } : {}),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toBe("Bad Request\n");
    expect(await lastRefusal()).toBe(reason);
  });

  test("a body beyond the limit", async () => {
    expect((await post(Buffer.alloc(scepMessageBytesMax + 1))).status).toBe(400);
  });

  test("a truncated message, wherever it is cut", async () => {
    const message = encodeRequest({ challenge: await aChallenge() });
    for (let length = 1; length < message.length; length += 97) {
      expect((await post(message.subarray(0, length))).status).toBe(400);
    }
  });

  test("arbitrary bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        expect((await post(bytes)).status).toBe(400);
      }),
      { numRuns: 100 },
    );
  });
});

test("a flipped bit never gets anyone but the sender a certificate", async () => {
  const challenge = await aChallenge();
  const message = encodeRequest({ challenge });
  for (let index = 0; index < message.length; index += 5) {
    const flipped = Buffer.from(message);
    flipped[index] = (flipped[index] as number) ^ 0x10;
    const response = await post(flipped);
    if (response.status === 400) continue;
    const answer = await answerOf(response);
    // What the client did not sign, such as the dates of its own certificate, may change without harm.
    if (answer.pkiStatus === "success") expect(issued(answer).publicKeyInfo).toEqual(aClient().spki);
  }
});

test("the event of a refusal names its reason and transaction, and no secret", async () => {
  const challenge = randomBytes(20).toString("hex");
  await ask(encodeRequest({ challenge, transactionId: "T-42" }));
  await deps.eventBuffer.flush();
  const event = await database.database.one<Record<string, unknown>>(sql`
    select * from events where type = 'scep_request' and payload->>'transaction_id' = 'T-42'`);
  expect(event["payload"]).toEqual({
    status: "failure",
    operation: "PKIOperation",
    transaction_id: "T-42",
    message_type: "PKCSReq",
    reason: "scep_challenge_unknown",
  });
  expect(event["request"]).toMatchObject({ ip: "127.0.0.1" });
  expect(JSON.stringify(event)).not.toContain(challenge);
});
