/**
 * RSA key pairs for simulated devices. A core makes about six a second, so a pool of a few is shared by all devices;
 * their certificates stay distinct. No private key is ever shipped: a pool makes its own, each when first asked for.
 */
import { generateKeyPair } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";

const generate = promisify(generateKeyPair);

/** A key pair and the public half as certificates carry it (SubjectPublicKeyInfo, DER). */
export type KeyPair = { readonly privateKey: KeyObject; readonly publicKeyInfo: Buffer };

export type KeyPool = {
  /** The pair at this place of the pool, places beyond its size starting over. */
  readonly pick: (place: number, bits?: number) => Promise<KeyPair>;
};

export const keyPoolSizeDefault = 8;
export const keyBitsDefault = 2048;

/** Makes one RSA key pair on another thread. */
export async function makeKeyPair(bits: number = keyBitsDefault): Promise<KeyPair> {
  const { privateKey, publicKey } = await generate("rsa", { modulusLength: bits });
  return { privateKey, publicKeyInfo: publicKey.export({ type: "spki", format: "der" }) };
}

/** Makes a pool that holds at most `size` pairs of each key size. */
export function createKeyPool(size: number = keyPoolSizeDefault): KeyPool {
  const pairs = new Map<string, Promise<KeyPair>>();
  return {
    pick: (place, bits = keyBitsDefault) => {
      const slot = `${bits}/${place % size}`;
      const pair = pairs.get(slot) ?? makeKeyPair(bits);
      pairs.set(slot, pair);
      return pair;
    },
  };
}
