/**
 * The refusals of names, certificates, requests, keys and chains, and how malformed ASN.1 becomes one of
 * them.
 */
import { Asn1Error } from "../asn1/read.ts";

export type X509ErrorCode =
  | "certificate_malformed"
  | "certificate_request_malformed"
  | "certificate_fields_invalid"
  | "name_malformed"
  | "pem_malformed"
  | "pem_too_large"
  | "key_unsupported"
  | "signature_algorithm_refused"
  | "signature_invalid"
  | "chain_untrusted"
  | "chain_not_valid_now"
  | "chain_issuer_not_ca"
  | "chain_path_too_long"
  | "chain_extension_unsupported"
  | "chain_too_complex";

/** A refused X.509 object. The code is stable; the message never says why a cryptographic check failed. */
export class X509Error extends Error {
  readonly code: X509ErrorCode;
  constructor(code: X509ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "X509Error";
    this.code = code;
  }
}

/**
 * Runs a decoder and names what could not be decoded.
 *
 * @throws {X509Error} With `code`, when the decoder threw an {@link Asn1Error}; other errors pass.
 */
export function decodeOrRefuse<T>(code: X509ErrorCode, message: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof Asn1Error) throw new X509Error(code, message, { cause: error });
    throw error;
  }
}
