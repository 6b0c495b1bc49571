/** Parsers of single settings: a text in, a value out, or an error whose message follows the setting's name. */
import { X509Certificate, createPrivateKey } from "node:crypto";
import { isIP } from "node:net";
import { Secret } from "./secret.ts";

/** Whether a host name or address can only mean this machine. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** An https URL. @throws {Error} with what is wrong, in words that follow the name of a setting. */
export function parseHttpsUrl(value: string): URL {
  if (!URL.canParse(value) || new URL(value).protocol !== "https:") throw new Error("must be an https URL");
  return new URL(value);
}

/** Addresses and networks, comma-separated. @throws {Error} naming the first that is neither. */
export function parseAddresses(value: string): string[] {
  const addresses = value
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
  for (const address of addresses) {
    const [host = "", bits, ...rest] = address.split("/");
    const version = isIP(host);
    const isPrefix =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
    if (version === 0 || rest.length > 0 || !isPrefix)
      throw new Error(`"${address}" is not an address or network`);
  }
  return addresses;
}

/** The certificates of a PEM text; what else it holds is left out. @throws {Error} when one cannot be read. */
export function parseCertificates(pem: string): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error("holds no PEM certificate");
  for (const block of blocks) new X509Certificate(block);
  return blocks.join("\n");
}

/** A private key as PEM. @throws {Error} when it cannot be read. */
export function parseKey(pem: string): Secret<string> {
  createPrivateKey(pem);
  return new Secret(pem);
}

/** Whether a private key belongs to the first certificate of a PEM text. */
export function isKeyOf(certificatePem: string, key: Secret<string>): boolean {
  return new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(key.reveal()));
}

/** An https URL, or an http URL of this very machine. @throws {Error} */
export function parseHttpsOrLoopbackUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isLoopback = url?.protocol === "http:" && isLoopbackHost(url.hostname);
  if (url === null || (url.protocol !== "https:" && !isLoopback)) {
    throw new Error("must be an https URL, or http on a loopback host");
  }
  return url;
}
