/**
 * Errors of devices in plain words, by domain and code: what happened and what to do. The codes are those of the chapter
 * "Error Codes" of Apple's Mobile Device Management Protocol Reference; those of `NSURLErrorDomain` and
 * `NSPOSIXErrorDomain` are Foundation's.
 */
import { advice, type KnownErrors } from "./apple-error-advice.ts";
import { mdmErrors } from "./apple-mdm-errors.ts";

export const appleErrors: Readonly<Record<string, KnownErrors>> = {
  MCMDMErrorDomain: mdmErrors,
  MCProfileErrorDomain: {
    1000: ["The profile is malformed.", advice.profile],
    1001: ["The profile has a version that the OS does not know.", advice.profile],
    1002: ["A key that the profile needs is missing.", advice.profile],
    1003: ["A key of the profile has a value of the wrong type.", advice.profile],
    1004: ["The signature of the profile is not valid.", "Sign it again, or upload it unsigned."],
    1005: ["The profile is empty.", advice.profile],
    1006: [
      "The profile cannot be decrypted by this device.",
      "Upload it unencrypted; the connection protects it.",
    ],
    1007: ["Two parts of the profile have the same UUID.", "Give each payload a UUID of its own."],
    1008: [
      "Two payloads of the profile have the same identifier.",
      "Give each payload an identifier of its own.",
    ],
    1009: ["The profile could not be installed.", advice.profile],
    1010: ["A key of the profile has a value that the OS does not know.", advice.profile],
  },
  MCPayloadErrorDomain: {
    2000: ["A payload of the profile is malformed.", advice.profile],
    2001: ["A payload has a version that the OS does not know.", advice.profile],
    2002: ["A key that a payload needs is missing.", advice.profile],
    2003: ["A key of a payload has a value of the wrong type.", advice.profile],
    2004: ["A key of a payload has a value that the OS does not know.", advice.profile],
    2005: ["Something went wrong inside the device.", "Restart the device, then try again."],
  },
  MCInstallationErrorDomain: {
    4000: ["The profile could not be read.", advice.profile],
    4001: ["The installation of the profile failed.", "The entries below say which payload and why."],
    4002: ["A profile with the same UUID is on the device already.", "Give the profile a new UUID."],
    4003: ["The profile was not waiting to be installed.", "Try again."],
    4004: ["The person at the device cancelled the installation.", "Ask them, then try again."],
    4005: [
      "The passcode of the device is not as the profile demands.",
      "The person at the device must choose another passcode.",
    ],
    4006: ["The profile's day of removal is past.", "Change the day, or take it out."],
    4007: ["The file has a format that the device does not know.", advice.profile],
    4008: [
      "The profile is signed by another certificate than the one it replaces.",
      "Sign it with the same certificate, or remove the old one first.",
    ],
    4009: ["The device is locked.", advice.busy],
    4010: [
      "The profile has another identifier than the one it replaces.",
      "Keep the identifier of a profile in all its versions.",
    ],
    4011: [
      "The profile at the end of the enrollment is no configuration profile.",
      "Enroll again with a fresh profile.",
    ],
    4012: ["The profile on the device cannot be updated.", "Remove it first."],
    4013: ["The profile could not be updated.", "The entries below say why."],
    4014: [
      "The device has no identity of its own.",
      "Restart the device; if that does not help, erase and enroll it again.",
    ],
    4015: [
      "The new enrollment profile has no MDM payload.",
      "Enroll again with a fresh profile of this server.",
    ],
    4016: ["Something went wrong inside the device.", "Restart the device, then try again."],
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
    4025: ["The device is not supervised as the profile demands.", advice.supervise],
    4026: ["The profile's day of removal is past.", "Change the day, or take it out."],
    4027: [
      "The profile needs the passcode to be changed first.",
      "The person at the device must choose a new passcode.",
    ],
    4028: [
      "There is another layout of the home screen, and there may be one only.",
      "Find the other profile and remove it.",
    ],
    4029: [
      "There are other notification settings, and there may be one only.",
      "Find the other profile and remove it.",
    ],
    4030: [
      "A Shared iPad does not accept one of the payloads.",
      "Leave such devices out of the artifact's scope.",
    ],
    4031: [
      "The profile holds data of a person, which does not belong on a shared device.",
      "Send it to the user's channel.",
    ],
  },
  MCPasscodeErrorDomain: {
    5000: ["The passcode is too short.", advice.passcode],
    5001: ["The passcode has too few different characters.", advice.passcode],
    5002: ["The passcode has too few special characters.", advice.passcode],
    5003: ["The passcode repeats characters.", advice.passcode],
    5004: ["The passcode is a row of neighbours, such as 1234.", advice.passcode],
    5005: ["The passcode needs a digit.", advice.passcode],
    5006: ["The passcode needs a letter.", advice.passcode],
    5007: ["The passcode has expired.", advice.passcode],
    5008: ["The passcode was used before.", advice.passcode],
    5010: ["The device is locked.", advice.busy],
    5011: ["The passcode is wrong.", "Enter it again."],
    5013: [
      "The passcode could not be cleared.",
      "The unlock token may be out of date; the device sends a new one when it is unlocked.",
    ],
    5014: ["The passcode could not be set.", advice.passcode],
    5015: ["The time before the passcode is asked for could not be set.", advice.passcodePolicy],
    5016: ["Unlocking by touch could not be set.", advice.passcodePolicy],
    5017: ["Buying by touch could not be set.", advice.passcodePolicy],
    5018: ["The number of wrong passcodes could not be set.", advice.passcodePolicy],
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
    9004: [
      "The root certificate could not be stored.",
      "Look whether the same certificate is there already.",
    ],
    9005: ["The certificate is malformed.", "Upload it again as DER, PEM or PKCS #12."],
    9006: [
      "The certificate has no private key and is no identity.",
      "Upload a PKCS #12 file, or ask an issuer by SCEP or ACME.",
    ],
  },
  MCWiFiErrorDomain: {
    13000: [
      "The Wi-Fi network could not be set up.",
      "Check its name, its kind of security and its password.",
    ],
    13001: ["The Wi-Fi network needs a user name.", "Add it to the profile."],
    13002: ["The Wi-Fi network needs a password.", "Add it to the profile."],
    13003: [
      "The Wi-Fi network could not be set up.",
      "Check its name, its kind of security and its password.",
    ],
    13004: [
      "The 802.1X settings of the Wi-Fi network are not valid.",
      "Check the EAP types and their certificates.",
    ],
    13005: ["The proxy of the Wi-Fi network could not be set up.", "Check the address of the proxy."],
  },
  MCVPNErrorDomain: {
    15000: ["The VPN could not be set up.", "Check its type and the settings of that type."],
    15003: [
      "The certificate of the VPN is not valid.",
      "Check that the identity it names is in the same profile.",
    ],
    15005: ["The VPN payload could not be read.", advice.profile],
    15001: ["The VPN could not be removed.", "Refresh the inventory of the device, then try again."],
    15002: ["The network settings of the device are in use.", "Try again."],
    15004: ["Something went wrong inside the device.", "Restart the device, then try again."],
  },
  MCSCEPErrorDomain: {
    22000: ["The use of the key is not valid.", "Use 1 (signing), 4 (encryption) or 5 (both)."],
    22001: ["The device could not make a key pair.", "Check the size of the key."],
    22002: ["The issuer's certificates could not be read.", "Check the address of the issuer."],
    22003: [
      "The answer of the issuer's registration authority is not valid.",
      "Look at the log of the issuer.",
    ],
    22004: [
      "The certificate that is asked for is of a kind the device cannot make.",
      "Check key type and key size.",
    ],
    22005: ["The issuer could not be reached.", "Check that the network of the device reaches it."],
    22006: [
      "The issuer lacks something that the device needs.",
      "Check what the issuer says it can do (GetCACaps).",
    ],
    22007: ["The certificate that came back is not valid.", "Look at the log of the issuer."],
    22008: ["The identity could not be made of the certificate.", "Look at the log of the issuer."],
    22009: ["The device could not make a passing identity.", "Restart the device, then try again."],
    22010: ["The device could not store a passing identity.", "Restart the device, then try again."],
    22011: ["The device could not make its request.", "Check subject and key of the certificate."],
    22012: [
      "The issuer's certificate could not be stored.",
      "Look whether the same certificate is there already.",
    ],
    22013: [
      "The issuer refused, or its answer was not valid.",
      "Check the challenge, and look at the log of the issuer.",
    ],
  },
  MCHTTPTransactionErrorDomain: {
    23000: ["The identity of the device is not usable.", "Enroll it again."],
    23001: ["The server's answer was not as expected.", "Look at the server's log."],
    23002: ["The device does not trust the server's certificate.", advice.tls],
  },
  MCOTAProfilesErrorDomain: {
    24000: ["The device could not say who it is.", "Restart the device, then enroll again."],
    24001: ["The device could not sign who it is.", "Restart the device, then enroll again."],
    24002: ["The identity of the enrollment is not valid.", "Look at the issuer of the enrollment."],
    24003: ["The profile at the end of the enrollment is not valid.", "Enroll again with a fresh profile."],
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
    28000: ["The device does not know this setting.", advice.unsupported],
    28001: ["The picture of the wallpaper is not valid.", "Use a PNG or a JPEG."],
    28002: ["The wallpaper could not be set.", advice.supervise],
  },
  MCChaperoneErrorDomain: {
    29000: ["The device is not supervised.", advice.supervise],
  },
  NSPOSIXErrorDomain: {
    60: ["The network took too long.", advice.network],
  },
  NSURLErrorDomain: {
    "-1001": ["The network took too long.", advice.network],
    "-1003": [
      "The name of the server is not known to the network of the device.",
      "Check the address and the DNS.",
    ],
    "-1004": ["The server could not be reached.", "Check the network and the firewall between the two."],
    "-1005": ["The connection was lost.", advice.network],
    "-1009": ["The device has no network.", advice.network],
    "-1200": ["A secure connection could not be made.", advice.tls],
    "-1202": ["The device does not trust the server's certificate.", advice.tls],
  },
};
