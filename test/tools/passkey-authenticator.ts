/** An authenticator in software (WebAuthn, level 2): P-256, attestation `none` or `packed` by itself. */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

export type AuthenticatorOptions = {
  readonly attestation?: "none" | "packed";
  /** The origin of the page that asks it, as its browser tells. */
  readonly origin: string;
};

type CreationOptions = { readonly challenge: string; readonly rp: { readonly id: string } };
type RequestOptions = { readonly challenge: string; readonly rpId: string };

export type PasskeyAuthenticator = {
  readonly credentialId: string;
  /** Makes the passkey: a `RegistrationResponseJSON`. */
  readonly create: (options: unknown) => Record<string, unknown>;
  /** Answers with it: an `AuthenticationResponseJSON`. The count rises unless one is given. */
  readonly answer: (options: unknown, changes?: { readonly signCount?: number }) => Record<string, unknown>;
};

const userPresent = 0x01;
const userVerified = 0x04;
const attestedData = 0x40;

/** Makes an authenticator with one key. */
export function createAuthenticator({
  attestation = "none",
  origin,
}: AuthenticatorOptions): PasskeyAuthenticator {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const id = randomBytes(32);
  const credentialId = id.toString("base64url");
  let signCount = 0;
  const clientData = (type: string, challenge: string): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  const signed = (authData: Buffer, data: Buffer): Buffer =>
    sign("sha256", Buffer.concat([authData, sha256(data)]), privateKey);
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  return {
    credentialId,
    create: (options) => {
      const { challenge, rp } = options as CreationOptions;
      const data = clientData("webauthn.create", challenge);
      const coseKey = cborMap([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, "base64url")],
        [-3, Buffer.from(y, "base64url")],
      ]);
      const idLength = Buffer.alloc(2);
      idLength.writeUInt16BE(id.length);
      const authData = Buffer.concat([
        authenticatorData(rp.id, userPresent | userVerified | attestedData, signCount),
        Buffer.alloc(16),
        idLength,
        id,
        coseKey,
      ]);
      const statement = attestation === "none" ? [] : packedStatement(signed(authData, data));
      const attestationObject = cborMap([
        ["fmt", attestation],
        ["attStmt", new Map(statement)],
        ["authData", authData],
      ]);
      return response(credentialId, {
        clientDataJSON: data.toString("base64url"),
        attestationObject: attestationObject.toString("base64url"),
        transports: ["internal"],
      });
    },
    answer: (options, changes = {}) => {
      const { challenge, rpId } = options as RequestOptions;
      signCount = changes.signCount ?? signCount + 1;
      const data = clientData("webauthn.get", challenge);
      const authData = authenticatorData(rpId, userPresent | userVerified, signCount);
      return response(credentialId, {
        clientDataJSON: data.toString("base64url"),
        authenticatorData: authData.toString("base64url"),
        signature: signed(authData, data).toString("base64url"),
      });
    },
  };
}

function packedStatement(signature: Buffer): [string, CborValue][] {
  return [
    ["alg", -7],
    ["sig", signature],
  ];
}

function response(id: string, members: Record<string, unknown>): Record<string, unknown> {
  return { id, rawId: id, type: "public-key", response: members, clientExtensionResults: {} };
}

const sha256 = (data: string | Buffer): Buffer => createHash("sha256").update(data).digest();

function authenticatorData(rpId: string, flags: number, signCount: number): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(signCount);
  return Buffer.concat([sha256(rpId), Buffer.from([flags]), count]);
}

type CborValue = number | string | Buffer | ReadonlyMap<string, CborValue>;

/** A map in CBOR (RFC 8949), of what attestations need and no more. */
function cborMap(entries: readonly (readonly [number | string, CborValue])[]): Buffer {
  return Buffer.concat([
    cborHead(5, entries.length),
    ...entries.flatMap(([key, value]) => [cbor(key), cbor(value)]),
  ]);
}

function cbor(value: CborValue): Buffer {
  if (typeof value === "number") return value < 0 ? cborHead(1, -1 - value) : cborHead(0, value);
  if (typeof value === "string")
    return Buffer.concat([cborHead(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([cborHead(2, value.length), value]);
  return cborMap([...(value as ReadonlyMap<string, CborValue>)]);
}

function cborHead(major: number, count: number): Buffer {
  const type = major << 5;
  if (count < 24) return Buffer.from([type | count]);
  return count < 256 ? Buffer.from([type | 24, count]) : Buffer.from([type | 25, count >> 8, count & 0xff]);
}
