/** The alternative names of a certificate, in Apple's words; certificate assets have them, identities of devices not. */
export type AlternativeNames = {
  readonly rfc822Name?: string;
  readonly dNSName?: string;
  readonly uniformResourceIdentifier?: string;
  readonly ntPrincipalName?: string;
};
