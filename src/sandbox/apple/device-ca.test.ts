import { beforeAll, expect, test } from "vitest";
import { deviceCaAnchorOf, verifyAppleDeviceChain } from "#protocol/x509/apple-device-ca.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { pemOf } from "../crypto/certificate-writer.ts";
import type { Identity } from "../crypto/certificate-writer.ts";
import { makeKeyPair } from "../crypto/key-pool.ts";
import { createDeviceCa } from "./device-ca.ts";
import type { DeviceCa } from "./device-ca.ts";

let ca: DeviceCa;
let identity: Identity;

beforeAll(async () => {
  ca = await createDeviceCa();
  identity = ca.issueDeviceIdentity("00008140-0001", await makeKeyPair());
});

test("a device identity passes for one of the device CA, and not for one of Apple's", () => {
  const [leaf, ...intermediates] = [identity.certificate, ...identity.chain].map(decodeCertificate);
  if (leaf === undefined) throw new Error("No certificate");
  const anchor = deviceCaAnchorOf(decodeCertificate(ca.deviceCa));
  expect(verifyAppleDeviceChain(leaf, intermediates, [anchor]).certificates.length).toBeGreaterThan(0);
  expect(() => verifyAppleDeviceChain(leaf, intermediates)).toThrow("not issued by the device CA");
});

testWithProgram(
  ["openssl"],
  "openssl builds the chain of a device identity when dates are ignored",
  (openssl) => {
    using bench = new Workbench();
    const leaf = bench.write("leaf.pem", pemOf(identity.certificate));
    const root = bench.write("root.pem", pemOf(ca.root));
    const chain = bench.write("chain.pem", ca.chainPem);
    const trust = ["-CAfile", root, "-untrusted", chain];
    // Device certificates are signed with SHA-1, which openssl accepts at level 0 only.
    const output = bench.run(openssl, "verify", "-no_check_time", "-auth_level", "0", ...trust, leaf);
    expect(output.toString()).toContain("OK");
  },
);
