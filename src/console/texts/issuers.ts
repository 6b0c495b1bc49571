/** Issuers of certificates. */
export const scepTexts = {
  many: "SCEP issuers",
  one: "SCEP issuer",
  about: "Authorities that give devices certificates by SCEP. The built-in one is enough to begin with.",
  empty: "The built-in one is made when the server first starts.",
  create: "Create SCEP issuer",
  deletes: "It is deleted only when nothing uses it.",
} as const;

export const acmeTexts = {
  many: "ACME issuers",
  one: "ACME issuer",
  about: "Authorities that give devices certificates by ACME: newer devices prove their hardware to them.",
  empty: "Enrollments and certificate artifacts can name one.",
  create: "Create ACME issuer",
  deletes: "It is deleted only when nothing uses it.",
} as const;

export const issuerTexts = {
  description: "Description",
  url: "Address",
  directory: "Address of the directory",
  backend: "Where challenges come from",
  backends: [
    { value: "STATIC_CHALLENGE", label: "One challenge for all" },
    { value: "MICROSOFT_CA", label: "Microsoft CA" },
    { value: "OKTA_CA", label: "Okta CA" },
    { value: "DIGICERT", label: "DigiCert" },
    { value: "IDENT", label: "Ident" },
  ],
  builtIn: "this server",
  keySize: "Key size",
  keyUsage: "Key usage",
  keyUsages: [
    { value: "0", label: "None" },
    { value: "1", label: "Signing" },
    { value: "4", label: "Encryption" },
    { value: "5", label: "Signing and encryption" },
  ],
  keyType: "Key",
  keyTypes: [
    { value: "RSA", label: "RSA" },
    { value: "ECSECPrimeRandom", label: "Elliptic curve" },
  ],
  extendedUsage: "Extended key usage",
  extendedUsageHelp: "Object identifiers, one a line.",
  hardwareBound: "The key never leaves the hardware",
  attest: "The device proves what it is",
  challenge: "Challenge",
  username: "Username",
  password: "Password",
  bearer: "Bearer token",
  timeout: "Answer within",
  retries: "Tries",
  apiToken: "API token",
  profile: "Profile",
  unit: "Business unit",
  seatType: "Seats are for",
  seatTypes: [
    { value: "DEVICE_SEAT", label: "Devices" },
    { value: "USER_SEAT", label: "People" },
  ],
  seatId: "Seats are named by",
  seatEmail: "E-mail address of seats",
  version: "Version",
  seconds: "s",
} as const;
