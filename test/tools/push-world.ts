/** A fake APNs with its authorities, and push certificates that it accepts. */
import { afterAll, beforeAll } from "vitest";
import { encodePem } from "#protocol/x509/pem.ts";
import { nameOids } from "#protocol/x509/name.ts";
import {
  type FakeApns,
  type FakeApnsOptions,
  startFakeApns,
} from "../../src/sandbox/apple/apns/fake-apns.ts";
import { Secret } from "../../src/platform/secret.ts";
import { aCa, anIdentity, type Identity, type KeyPair, rsaKey } from "./identities.ts";

export const testTopic = "com.apple.mgmt.External.5d2b1f6e-0b0c-4d2c-9a70-7c1ad0a3a001";

/** The PEM text of a certificate. */
export function certificatePem(identity: Identity): string {
  return encodePem("CERTIFICATE", identity.certificate.raw);
}

/** The PKCS#8 PEM text of a private key. */
export function privateKeyPem(key: KeyPair): string {
  return key.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** The authority that issues push certificates in tests. */
export function pushCa(): Identity {
  return aCa(rsaKey("push ca"), { commonName: "Test Push CA" });
}

type CertificateChoices = { readonly key?: KeyPair; readonly notBefore?: Date; readonly notAfter?: Date };

/** A push certificate of a topic, as Apple would issue it. */
export function pushIdentity(topic: string = testTopic, choices: CertificateChoices = {}): Identity {
  const { key = rsaKey("push certificate"), ...dates } = choices;
  return anIdentity(pushCa(), key, {
    subject: [
      { oid: nameOids.userId, value: topic },
      { oid: nameOids.commonName, value: `APSP:${topic}` },
    ],
    ...dates,
  });
}

/** What a client of the fake APNs is made with. */
export function pushCredentials(identity: Identity = pushIdentity()) {
  return { certificatePem: certificatePem(identity), privateKeyPem: new Secret(privateKeyPem(identity)) };
}

export type TestApns = FakeApns & { readonly caPem: string };

/** Starts a fake APNs that trusts {@link pushCa}; the caller closes it. */
export async function startTestApns(options: Partial<FakeApnsOptions> = {}): Promise<TestApns> {
  const ca = aCa(rsaKey("apns server ca"), { commonName: "Test APNs CA" });
  const server = anIdentity(ca, rsaKey("apns server"), {
    commonName: "localhost",
    alternativeNames: [{ kind: "dns", value: "localhost" }],
  });
  const fake = await startFakeApns({
    certificatePem: certificatePem(server),
    privateKeyPem: privateKeyPem(server),
    clientCaPem: certificatePem(pushCa()),
    ...options,
  });
  return { ...fake, caPem: certificatePem(ca) };
}

/** Gives a test file one fake APNs; its members are usable inside hooks and tests. */
export function useTestApns(): TestApns {
  let apns: TestApns | undefined;
  beforeAll(async () => {
    apns = await startTestApns();
  });
  afterAll(async () => apns?.close());
  return new Proxy({} as TestApns, {
    get: (_, name) => {
      if (apns === undefined) throw new Error("The fake APNs exists only inside hooks and tests");
      return apns[name as keyof TestApns];
    },
  });
}

/** Waits until a condition holds, for at most some seconds. */
export async function until(condition: () => boolean | Promise<boolean>, secondsMax = 30): Promise<void> {
  const end = Date.now() + secondsMax * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not so after ${secondsMax} seconds: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
