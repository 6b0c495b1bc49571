/** The refusals of SCEP messages. */
import { Asn1Error } from "../asn1/read.ts";
import { CmsError } from "../cms/cms-error.ts";
import { X509Error } from "../x509/x509-error.ts";

export type ScepErrorCode =
  | "scep_malformed"
  | "scep_signature_invalid"
  | "scep_attributes_invalid"
  | "scep_envelope_missing"
  | "scep_envelope_unreadable"
  | "scep_proof_invalid"
  | "scep_certificates_missing";

/** A refused SCEP message. The cause, when there is one, is for the log and never for the peer. */
export class ScepError extends Error {
  readonly code: ScepErrorCode;
  constructor(code: ScepErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ScepError";
    this.code = code;
  }
}

/**
 * Runs a step, and gives one code to whatever ASN.1, X.509 or CMS refused in it.
 *
 * @throws {ScepError} With `code`; a {@link ScepError} of the step passes.
 */
export function refuseAs<T>(code: ScepErrorCode, message: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof Asn1Error || error instanceof X509Error || error instanceof CmsError) {
      throw new ScepError(code, message, { cause: error });
    }
    throw error;
  }
}
