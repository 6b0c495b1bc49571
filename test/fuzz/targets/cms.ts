/** Signed and enveloped messages. What verifies was signed; what was changed does not verify. */
import { decodeEnvelopedData, decryptEnveloped, encryptEnveloped } from "#protocol/cms/enveloped-data.ts";
import { readMdmSignature, verifyMdmSignature } from "#protocol/cms/mdm-signature.ts";
import { signData } from "#protocol/cms/sign.ts";
import { cmsOids, decodeSignedData } from "#protocol/cms/signed-data.ts";
import { verifySignedData } from "#protocol/cms/verify-signed-data.ts";
import { octetString, setOf, utf8String } from "#protocol/asn1/write.ts";
import { anAttribute, asIndefinite, craftSignedData } from "../../tools/craft-signed-data.ts";
import { mutateDer } from "../mutate-der.ts";
import { decodeOrNull, type FuzzTarget, promise, splitRecipe, withRecipe } from "../target.ts";
import { at, authority, content, device, signWithAttributes } from "./cms-world.ts";

const refusals = ["CmsError"];

function runSigned(message: Buffer): boolean {
  const signedData = decodeOrNull(refusals, () => decodeSignedData(message));
  if (signedData === null) return false;
  const verified = decodeOrNull(refusals, () => verifySignedData({ signedData }));
  if (verified !== null) promise(verified.content.equals(content), "what verifies is what was signed");
  runHeader(message);
  return true;
}

function runHeader(message: Buffer): void {
  const signature = decodeOrNull(refusals, () => readMdmSignature(message));
  if (signature === null) return;
  const verifies = (body: Buffer): boolean =>
    decodeOrNull(refusals, () => {
      verifyMdmSignature(signature, body, device.publicKey);
      return true;
    }) !== null;
  promise(!verifies(Buffer.from("what was not signed")), "a signature over one body does not verify another");
  verifies(content);
}

function runEnveloped(message: Buffer): boolean {
  const envelope = decodeOrNull(refusals, () => decodeEnvelopedData(message));
  if (envelope === null) return false;
  const opened = decodeOrNull(refusals, () => decryptEnveloped(envelope, authority));
  promise(opened === null || opened.length < envelope.encryptedContent.length, "padding is taken off");
  return true;
}

function run(input: Buffer): boolean {
  const { recipe, payload } = splitRecipe(input);
  const message = recipe === "attr" ? signWithAttributes(device, payload, content) : payload;
  if (message === null) return false;
  return runSigned(message);
}

const signed = (overrides: Partial<Parameters<typeof signData>[0]> = {}): Buffer =>
  signData({ content, ...device, signedAttributes: true, at, ...overrides });

export const cmsTarget: FuzzTarget = {
  name: "cms",
  seeds: [
    signed(),
    asIndefinite(signed(), 4),
    signed({ signedAttributes: false, hash: "sha1" }),
    signed({ detached: true }),
    signed({ detached: true, signedAttributes: false }),
    craftSignedData({ identity: device, content, signerCopies: 2 }),
    withRecipe("attr", setOf(anAttribute("2.16.840.1.113733.1.9.5", octetString(Buffer.alloc(8, 1))))),
    withRecipe("attr", setOf(anAttribute(cmsOids.signingTime, utf8String("260301100000Z")))),
  ],
  mutators: [mutateDer],
  words: ["260301100000Z"],
  run,
};

export const envelopedTarget: FuzzTarget = {
  name: "enveloped",
  seeds: (["aes-256-cbc", "des-ede3-cbc"] as const).map((cipher) =>
    encryptEnveloped({ content, recipient: authority.certificate, cipher }),
  ),
  mutators: [mutateDer],
  words: [],
  run: runEnveloped,
};
