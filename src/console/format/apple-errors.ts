/**
 * Apple's error codes in plain words: what happened and what to do. The codes are those of the chapter "Error Codes" of
 * Apple's Mobile Device Management Protocol Reference; codes that are not here are shown as the device wrote them.
 */

export type PlainError = {
  /** `MCMDMErrorDomain 12021`, for whoever searches. */
  readonly code: string;
  readonly meaning: string;
  /** Null when the words of the device are all there is to say. */
  readonly advice: string | null;
};

const busy = "It is tried again by itself; a person may have to unlock the device.";
const unsupported = "Check the platform, the OS version and the supervision that it needs.";
const profile = "Open the profile and compare it with Apple's description of its payloads.";
const passcode = "The person at the device must choose another passcode.";
const supervise = "Supervise it through automated enrollment or Apple Configurator.";
const tls = "Check the TLS certificate of the server and its chain.";
const network = "Try again when the device has a good network.";

type Known = readonly [meaning: string, advice: string];

const known: Readonly<Record<string, Readonly<Record<number, Known>>>> = {
  MCProfileErrorDomain: {
    1000: ["The profile is malformed.", profile],
    1001: ["The profile has a version that the OS does not know.", profile],
    1002: ["A key that the profile needs is missing.", profile],
    1003: ["A key of the profile has a value of the wrong type.", profile],
    1004: ["The signature of the profile is not valid.", "Sign it again, or upload it unsigned."],
    1005: ["The profile is empty.", profile],
    1006: [
      "The profile cannot be decrypted by this device.",
      "Upload it unencrypted; the connection protects it.",
    ],
    1007: ["Two parts of the profile have the same UUID.", "Give each payload a UUID of its own."],
    1008: [
      "Two payloads of the profile have the same identifier.",
      "Give each payload an identifier of its own.",
    ],
    1009: ["The profile could not be installed.", profile],
    1010: ["A key of the profile has a value that the OS does not know.", profile],
  },
  MCPayloadErrorDomain: {
    2000: ["A payload of the profile is malformed.", profile],
    2001: ["A payload has a version that the OS does not know.", profile],
    2002: ["A key that a payload needs is missing.", profile],
    2003: ["A key of a payload has a value of the wrong type.", profile],
    2004: ["A key of a payload has a value that the OS does not know.", profile],
  },
  MCInstallationErrorDomain: {
    4000: ["The profile could not be read.", profile],
    4001: ["The installation of the profile failed.", "The entries below say which payload and why."],
    4002: ["A profile with the same UUID is on the device already.", "Give the profile a new UUID."],
    4003: ["The profile was not waiting to be installed.", "Try again."],
    4004: ["The person at the device cancelled the installation.", "Ask them, then try again."],
    4005: [
      "The passcode of the device is not as the profile demands.",
      "The person at the device must choose another passcode.",
    ],
    4006: ["The profile's day of removal is past.", "Change the day, or take it out."],
    4007: ["The file has a format that the device does not know.", profile],
    4008: [
      "The profile is signed by another certificate than the one it replaces.",
      "Sign it with the same certificate, or remove the old one first.",
    ],
    4009: ["The device is locked.", busy],
    4010: [
      "The profile has another identifier than the one it replaces.",
      "Keep the identifier of a profile in all its versions.",
    ],
    4014: [
      "The device has no identity of its own.",
      "Restart the device; if that does not help, erase and enroll it again.",
    ],
    4017: [
      "There is another global HTTP proxy on the device, and there may be one only.",
      "Find the other profile and remove it.",
    ],
    4018: [
      "There is another cellular payload on the device, and there may be one only.",
      "Find the other profile and remove it.",
    ],
    4019: [
      "There is another App Lock on the device, and there may be one only.",
      "Find the other profile and remove it.",
    ],
    4020: ["The profile must not be installed by hand.", "Assign it by a blueprint."],
    4021: ["The profile must be installed without a person.", "Assign it by a blueprint."],
    4022: ["The profile must come from device management.", "Assign it by a blueprint."],
    4023: [
      "The device does not accept one of the payloads.",
      "Check its platform, and whether it needs supervision or another kind of enrollment.",
    ],
    4024: ["The profile is not on the device.", "Refresh the inventory of the device."],
    4025: ["The device is not supervised as the profile demands.", supervise],
    4027: [
      "The profile needs the passcode to be changed first.",
      "The person at the device must choose a new passcode.",
    ],
  },
  MCPasscodeErrorDomain: {
    5000: ["The passcode is too short.", passcode],
    5001: ["The passcode has too few different characters.", passcode],
    5002: ["The passcode has too few special characters.", passcode],
    5003: ["The passcode repeats characters.", passcode],
    5004: ["The passcode is a row of neighbours, such as 1234.", passcode],
    5005: ["The passcode needs a digit.", passcode],
    5006: ["The passcode needs a letter.", passcode],
    5007: ["The passcode has expired.", passcode],
    5008: ["The passcode was used before.", passcode],
    5010: ["The device is locked.", busy],
    5011: ["The passcode is wrong.", "Enter it again."],
    5013: [
      "The passcode could not be cleared.",
      "The unlock token may be out of date; the device sends a new one when it is unlocked.",
    ],
    5014: ["The passcode could not be set.", passcode],
  },
  MCCertificateErrorDomain: {
    9000: [
      "The password of the certificate file is wrong.",
      "Enter the password of the PKCS #12 file again.",
    ],
    9001: [
      "The file holds more certificates than it may.",
      "Put each certificate into a payload of its own.",
    ],
    9002: [
      "The certificate could not be stored.",
      "Try again; look whether the same certificate is there already.",
    ],
    9005: ["The certificate is malformed.", "Upload it again as DER, PEM or PKCS #12."],
    9006: [
      "The certificate has no private key and is no identity.",
      "Upload a PKCS #12 file, or ask an issuer by SCEP or ACME.",
    ],
  },
  MCMDMErrorDomain: {
    12000: [
      "The rights that the enrollment asks for are not valid.",
      "Enroll again with a fresh profile of this server.",
    ],
    12001: ["The device is managed by another server.", "Remove its management first."],
    12002: ["The device could not check in.", "Look at the events of this device and at the server's log."],
    12003: ["The challenge of the enrollment was answered wrongly.", "Enroll again with a fresh profile."],
    12004: [
      "The push certificate is not valid.",
      "Check the push certificate of its enrollment, and renew it under the same topic.",
    ],
    12005: ["The certificate of the enrollment was not found on the device.", "Enroll it again."],
    12007: ["The server did not authorize the device.", "Look at the events of this device."],
    12008: [
      "The server sent something that the device could not read.",
      "Look at the payload of the command and at the server's log.",
    ],
    12010: ["Something went wrong inside the device.", "Restart the device, then try again."],
    12011: [
      "The configuration of the enrollment is not valid.",
      "Enroll again with a fresh profile of this server.",
    ],
    12013: [
      "The profile was not installed by this server.",
      "Only its owner can remove it: a person, or the other server.",
    ],
    12014: ["The provisioning profile was not installed by this server.", "Only its owner can remove it."],
    12015: [
      "The device got no push token from Apple.",
      "Check that its network lets it reach Apple's push service.",
    ],
    12016: ["The device has lost its identity.", "Enroll it again."],
    12017: [
      "The device could not make its unlock token.",
      "Unlock the device with its passcode, then try again.",
    ],
    12020: ["The server refused the device.", "Look at the events of this device."],
    12021: ["The device does not know this command.", unsupported],
    12022: [
      "The topic of the push certificate is not the one of the enrollment.",
      "A push certificate is renewed, never replaced by another.",
    ],
    12023: ["The application's id in the App Store is not valid.", "Check the id, and the store's country."],
    12024: [
      "The manifest of the application could not be checked.",
      "Check that the device reaches the address of the manifest over https.",
    ],
    12025: ["The application is on the device already.", "Remove it, or let it become managed."],
    12026: ["No licence for the application was found.", "Assign a licence to the device or its user."],
    12027: ["What was to be installed is no application.", "Check the package."],
    12028: ["No redemption code is awaited.", "Begin the installation again."],
    12029: ["The application is not managed by this server.", "Install it through a blueprint."],
    12030: ["The address in the command is not valid.", "Check the address."],
    12031: [
      "The installation of applications is not allowed on this device.",
      "Look for a restriction in its profiles.",
    ],
    12032: ["The manifest has more than one application.", "Make one artifact for each application."],
    12033: ["The manifest of the application is not valid.", "Upload the package again."],
    12034: ["The address is not https.", "Devices load applications over https only."],
    12035: [
      "The application cannot be bought.",
      "Check the store's country, and whether the application is still sold.",
    ],
    12036: ["The application cannot be removed now.", "Wait until its installation has ended."],
    12037: ["The redemption code is not valid.", "Use another code."],
    12038: ["The application is not managed by this server.", "Install it through a blueprint."],
    12039: [
      "Nobody is signed in to the App Store on the device.",
      "Assign a licence to the device instead of a person.",
    ],
    12040: ["The language is not known.", "Use a code such as en or de."],
  },
  MCWiFiErrorDomain: {
    13000: [
      "The Wi-Fi network could not be set up.",
      "Check its name, its kind of security and its password.",
    ],
    13001: ["The Wi-Fi network needs a user name.", "Add it to the profile."],
    13002: ["The Wi-Fi network needs a password.", "Add it to the profile."],
  },
  MCVPNErrorDomain: {
    15000: ["The VPN could not be set up.", "Check its type and the settings of that type."],
    15003: [
      "The certificate of the VPN is not valid.",
      "Check that the identity it names is in the same profile.",
    ],
    15005: ["The VPN payload could not be read.", profile],
  },
  MCSCEPErrorDomain: {
    22000: ["The use of the key is not valid.", "Use 1 (signing), 4 (encryption) or 5 (both)."],
    22001: ["The device could not make a key pair.", "Check the size of the key."],
    22002: ["The issuer's certificates could not be read.", "Check the address of the issuer."],
    22005: ["The issuer could not be reached.", "Check that the network of the device reaches it."],
    22006: [
      "The issuer lacks something that the device needs.",
      "Check what the issuer says it can do (GetCACaps).",
    ],
    22007: ["The certificate that came back is not valid.", "Look at the log of the issuer."],
    22008: ["The identity could not be made of the certificate.", "Look at the log of the issuer."],
    22013: [
      "The issuer refused, or its answer was not valid.",
      "Check the challenge, and look at the log of the issuer.",
    ],
  },
  MCHTTPTransactionErrorDomain: {
    23000: ["The identity of the device is not usable.", "Enroll it again."],
    23001: ["The server's answer was not as expected.", "Look at the server's log."],
    23002: ["The device does not trust the server's certificate.", tls],
  },
  MCProvisioningProfileErrorDomain: {
    25000: ["The provisioning profile is not valid.", "Upload it again."],
    25001: [
      "The provisioning profile could not be installed.",
      "Check that it is for this kind of device and not expired.",
    ],
    25002: ["The provisioning profile could not be removed.", "Refresh the inventory of the device."],
  },
  MCSettingsErrorDomain: {
    28000: ["The device does not know this setting.", unsupported],
  },
  NSPOSIXErrorDomain: {
    60: ["The network took too long.", network],
  },
  NSURLErrorDomain: {
    "-1001": ["The network took too long.", network],
    "-1003": [
      "The name of the server is not known to the network of the device.",
      "Check the address and the DNS.",
    ],
    "-1004": ["The server could not be reached.", "Check the network and the firewall between the two."],
    "-1005": ["The connection was lost.", network],
    "-1009": ["The device has no network.", network],
    "-1200": ["A secure connection could not be made.", tls],
    "-1202": ["The device does not trust the server's certificate.", tls],
  },
};

/** Reads the error chain of a command's answer; the first is the one that matters most. */
export function plainErrors(chain: unknown): readonly PlainError[] {
  if (!Array.isArray(chain)) return [];
  return chain.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const { ErrorCode: number, ErrorDomain: domain, ...texts } = entry as Readonly<Record<string, unknown>>;
    if (typeof domain !== "string" && typeof number !== "number") return [];
    const code = [domain, number]
      .filter((part) => typeof part === "string" || typeof part === "number")
      .join(" ");
    const [meaning, advice] = find(domain, number) ?? [
      words(texts) ?? "The device gave no words for this.",
      null,
    ];
    return [{ code, meaning, advice }];
  });
}

/** Reads the reasons that a status report gives for a declaration that is not valid; Apple writes their words. */
export function declarationErrors(reasons: unknown): readonly PlainError[] {
  if (!Array.isArray(reasons)) return [];
  return reasons.flatMap((entry: unknown) => {
    const { code, description } = (entry ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof code !== "string") return [];
    return [{ code, meaning: typeof description === "string" ? description : code, advice: null }];
  });
}

function find(domain: unknown, number: unknown): Known | undefined {
  return typeof domain === "string" && typeof number === "number" ? known[domain]?.[number] : undefined;
}

function words(texts: Readonly<Record<string, unknown>>): string | null {
  for (const name of ["USEnglishDescription", "LocalizedDescription"]) {
    const text = texts[name];
    if (typeof text === "string" && text !== "") return text;
  }
  return null;
}

/** The codes there are words for. */
export const knownErrorCodes: readonly string[] = Object.entries(known).flatMap(([domain, codes]) =>
  Object.keys(codes).map((code) => `${domain} ${code}`),
);
