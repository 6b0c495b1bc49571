/** Over-the-air bodies: signed by the factory's identity, by one of ours, or by nobody; always a value with a name. */
import { readOtaRequest } from "#mdm/enrollments/ota-request.ts";
import { signData } from "#protocol/cms/sign.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { deviceCaAnchorOf } from "#protocol/x509/apple-device-ca.ts";
import { asIndefinite } from "../../tools/craft-signed-data.ts";
import type { Identity } from "../../tools/identities.ts";
import { mutateDer } from "../mutate-der.ts";
import { mutateTags, mutateValue } from "../mutate-plist.ts";
import { type FuzzTarget, promise, splitRecipe, withRecipe } from "../target.ts";
import { at, authority, ca, device, enrolling } from "./cms-world.ts";

const trust = { authority, deviceCaAnchors: [deviceCaAnchorOf(ca.certificate)] };
const sign = (identity: Identity, content: Uint8Array): Buffer =>
  signData({
    content,
    certificate: identity.certificate,
    privateKey: identity.privateKey,
    signedAttributes: false,
    at,
  });

function run(input: Buffer): boolean {
  const { recipe, payload } = splitRecipe(input);
  const signer = recipe === "factory" ? device : recipe === "issued" ? enrolling : null;
  const answer = readOtaRequest(signer === null ? payload : sign(signer, payload), trust, at);
  if ("code" in answer) {
    promise(/^(ota|device)_/.test(answer.code) && answer.kind === "invalid", "a refusal has a code");
    return false;
  }
  const { serialNumber, udid } = answer.attributes;
  for (const id of [serialNumber, udid]) promise(id !== "" && !id.includes("\0"), "a device has identifiers");
  if (signer !== null) promise(answer.phase === (signer === device ? 2 : 3), "the signer decides the phase");
  return true;
}

const attributes = {
  SERIAL: "C02",
  UDID: "U-1",
  CHALLENGE: "abc",
  PRODUCT: "Mac15,3",
  VERSION: "22A380",
  IMEI: "35",
};

export const otaTarget: FuzzTarget = {
  name: "ota",
  seeds: [
    sign(device, writePlist(attributes)),
    asIndefinite(sign(enrolling, writePlist(attributes)), 50),
    withRecipe("factory", writePlist(attributes)),
    withRecipe("issued", writeBinaryPlist(attributes)),
  ],
  mutators: [mutateDer, mutateValue, mutateTags],
  words: [...Object.keys(attributes), "LANGUAGE", "MAC_ADDRESS_EN0", "DEVICE_NAME", "__proto__"],
  run,
};
