/** The refusals of CMS messages. What a cryptographic check found wrong stays unsaid, outside and inside. */
import { Asn1Error } from "../asn1/read.ts";
import { X509Error } from "../x509/x509-error.ts";

export type CmsErrorCode =
  | "cms_malformed"
  | "cms_too_large"
  | "cms_not_signed_data"
  | "cms_not_enveloped_data"
  | "cms_algorithm_refused"
  | "cms_content_missing"
  | "cms_content_unexpected"
  | "cms_signer_missing"
  | "cms_signers_too_many"
  | "cms_signer_certificate_missing"
  | "cms_attributes_invalid"
  | "cms_signature_invalid"
  | "cms_recipient_unknown"
  | "cms_decrypt_failed";

/** A refused CMS message; the code is stable. */
export class CmsError extends Error {
  readonly code: CmsErrorCode;
  constructor(code: CmsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CmsError";
    this.code = code;
  }
}

/**
 * Runs a decoder, and calls malformed what ASN.1 or X.509 refused.
 *
 * @throws {CmsError} `cms_malformed`; a {@link CmsError} of the decoder passes.
 */
export function decodeCms<T>(message: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof Asn1Error || error instanceof X509Error) {
      throw new CmsError("cms_malformed", message, { cause: error });
    }
    throw error;
  }
}
