/** Certificates for devices. */
export const certificateTexts = {
  title: "Add a certificate",
  about:
    "Each device gets a certificate of its own from an issuer. Profiles and declarations refer to it; it comes along with them.",
  acmeIssuer: "ACME issuer",
  scepIssuer: "SCEP issuer",
  issuerHelp: "One of the two, or both: devices that cannot do ACME take SCEP.",
  subject: "Subject",
  subjectHelp:
    "One part a line, such as CN=$ENROLLED_DEVICE.SERIAL_NUMBER. Types: C, CN, L, O, OU, ST, or an object identifier.",
  rfc822Name: "E-mail address in the certificate",
  dNSName: "DNS name in the certificate",
  uniformResourceIdentifier: "URI in the certificate",
  ntPrincipalName: "Principal name of Windows",
  accessible: "When the key can be used",
  accessibleOptions: [
    { value: "Default", label: "While the device is unlocked" },
    { value: "AfterFirstUnlock", label: "After it was unlocked once" },
  ],
  create: "Add certificate",
} as const;
