/** What goes wrong between this server and an issuer of another organisation; the texts are those of spec 8.3. */

/** No challenge was got. The message may be shown to operators; it never holds a secret. */
export class ScepIssuerError extends Error {
  readonly code = "scep_issuer_failed";
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ScepIssuerError";
  }
}

export const undecodableText = "Could not decode response.";
export const challengeMissingText = "Could not find challenge in response.";
export const issuerChangedText = "The issuer was changed while it was asked";
