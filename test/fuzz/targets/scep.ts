/** SCEP requests: the message, its signed attributes, what its envelope holds, and the request for a certificate. */
import { octetString, printableString, setOf } from "#protocol/asn1/write.ts";
import { encryptEnveloped } from "#protocol/cms/enveloped-data.ts";
import { hashChallenge } from "#mdm/identities/scep-challenge.ts";
import { admitScepRequest } from "#mdm/identities/scep-request.ts";
import { encodeCertificateRequest } from "#protocol/x509/certificate-request.ts";
import { decodePkiMessage, scepNonceBytesMax, scepOids } from "#protocol/scep/scep-message.ts";
import { encodePkiRequest } from "#protocol/scep/scep-request.ts";
import { nameOids } from "#protocol/x509/name.ts";
import { anAttribute, asIndefinite } from "../../tools/craft-signed-data.ts";
import { aCa, rsaKey } from "../../tools/identities.ts";
import { mutateDer } from "../mutate-der.ts";
import { decodeOrNull, type FuzzTarget, promise, splitRecipe, withRecipe } from "../target.ts";
import { authority, signWithAttributes } from "./cms-world.ts";

const client = aCa(rsaKey("device"), { isCa: false, keyUsage: ["digitalSignature"], commonName: "client" });
const request = encodeCertificateRequest({
  subject: [{ oid: nameOids.commonName, value: "OTA$secret" }],
  privateKey: client.privateKey,
  publicKeyInfo: client.spki,
  challenge: "challenge",
});
const signedChallenge = hashChallenge("challenge");
const envelope = encryptEnveloped({
  content: request,
  recipient: authority.certificate,
  cipher: "aes-128-cbc",
});
const attributes = setOf(
  anAttribute(scepOids.messageType, printableString("19")),
  anAttribute(scepOids.transactionId, printableString("ABCDEF")),
  anAttribute(scepOids.senderNonce, octetString(Buffer.alloc(16, 5))),
);

/** Makes the message that a recipe and its payload stand for. */
function cook(input: Buffer): Buffer | null {
  const { recipe, payload } = splitRecipe(input);
  if (recipe === "attr") return signWithAttributes(client, payload, envelope);
  if (recipe === "env") return signWithAttributes(client, attributes, payload);
  if (recipe !== "csr") return payload;
  const sealed = encryptEnveloped({
    content: payload,
    recipient: authority.certificate,
    cipher: "des-ede3-cbc",
  });
  return signWithAttributes(client, attributes, sealed);
}

function run(input: Buffer): boolean {
  const { recipe } = splitRecipe(input);
  const bytes = cook(input);
  const message = bytes === null ? null : decodeOrNull(["ScepError"], () => decodePkiMessage(bytes));
  if (message === null) return false;
  const { transactionId, senderNonce } = message;
  promise(/^[\x20-\x7e]{1,255}$/.test(transactionId), "a transaction id is short and printable");
  promise((senderNonce?.length ?? 1) <= scepNonceBytesMax, "a nonce is short");
  const admitted = admitScepRequest(authority, message);
  if ("detail" in admitted) {
    promise(admitted.code.startsWith("scep_"), "a refusal has a code");
    return true;
  }
  const { publicKeyInfo, challengeHash } = admitted;
  const isAsked = publicKeyInfo.equals(client.spki) && challengeHash?.equals(signedChallenge) === true;
  // Messages of the kept corpus have keys of their own.
  promise(isAsked || recipe === null, "what is asked for is what the key asked for");
  return true;
}

const message = (overrides: Partial<Parameters<typeof encodePkiRequest>[0]> = {}): Buffer =>
  encodePkiRequest({
    type: "PKCSReq",
    request,
    transactionId: "ABCDEF",
    senderNonce: Buffer.alloc(16, 5),
    signer: client,
    recipient: authority.certificate,
    ...overrides,
  });

export const scepTarget: FuzzTarget = {
  name: "scep",
  seeds: [
    message(),
    asIndefinite(message({ hash: "sha1", cipher: "des-ede3-cbc" })),
    message({ type: "RenewalReq", cipher: "aes-256-cbc" }),
    withRecipe("attr", attributes),
    withRecipe("env", envelope),
    withRecipe("csr", request),
  ],
  mutators: [mutateDer],
  words: ["19", "17", "18", "1000", "ABC\nDEF", "-1"],
  run,
};
