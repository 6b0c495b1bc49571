import { describe, expect, test } from "vitest";
import { identitySubject } from "#protocol/profile/identity-payload.ts";
import { decodeName, encodeName, nameOids, parseDnHeader } from "#protocol/x509/name.ts";
import { aSession } from "../../../test/tools/enrollments.ts";
import { secretLengths } from "./enrollment-secret.ts";
import type { SessionKind } from "./enrollment-session.ts";
import {
  identitySubjectInput,
  identitySubjectOfHeader,
  identitySubjectOfName,
  isOfSessionBusinessUnit,
  parseIdentityName,
  parseOtaIdentityName,
  planIdentity,
  refuseIdentityDetails,
  unknownSessionSecret,
} from "./identity-subject.ts";

function aSubject(overrides: Partial<ReturnType<typeof identitySubjectOfHeader>> = {}) {
  return { commonName: "MDM$OTA$secret", serialNumber: "C02", organization: "MBU$7", ...overrides };
}

describe("parseIdentityName", () => {
  test.each([
    ["MDM$DEP$s", "dep"],
    ["MDM$OTA$s", "ota"],
    ["MDM$RE$s", "re"],
    ["MDM$USER$s", "user"],
  ])("reads the kind of session from %s", (commonName, kind) => {
    expect(parseIdentityName(aSubject({ commonName }))).toEqual({ kind, secret: "s" });
  });

  test.each([
    [null, "missing or bad CN in client certificate DN"],
    ["", "missing or bad CN in client certificate DN"],
    ["MDM$OTA", "missing or bad CN in client certificate DN"],
    ["MDM$OTA$a$b", "missing or bad CN in client certificate DN"],
    ["OTA$x", "missing or bad CN in client certificate DN"],
    ["MDN$OTA$x", "bad CN prefix in client certificate"],
    ["mdm$OTA$x", "bad CN prefix in client certificate"],
    ["MDM$ota$x", "unknown MDM enrollment type ota"],
    ["MDM$__proto__$x", "unknown MDM enrollment type __proto__"],
    [`MDM$${"A".repeat(5_000)}$x`, `unknown MDM enrollment type ${"A".repeat(32)}`],
  ])("refuses the common name %s", (commonName, detail) => {
    expect(parseIdentityName(aSubject({ commonName }))).toMatchObject({ kind: "invalid", detail });
  });
});

test.each([
  ["ota", "Bad OTA enrollment session secret in client certificate CN"],
  ["dep", "Bad DEP enrollment session secret in client certificate CN"],
  ["re", "Bad re-enrollment session secret in client certificate CN"],
  ["user", "Bad user enrollment session secret in client certificate CN"],
] as const)("an unknown secret of kind %s has the reason of the wire", (kind, detail) => {
  expect(unknownSessionSecret(kind).detail).toBe(detail);
});

describe("refuseIdentityDetails", () => {
  const session = aSession();
  const unbound = aSession({ secret: { ...session.secret, serialNumbers: null } });

  test.each([
    ["nothing is wrong", aSubject(), session, null],
    [
      "no serial number",
      aSubject({ serialNumber: null }),
      session,
      "empty serial number in client certificate CN",
    ],
    ["an empty one", aSubject({ serialNumber: "" }), session, "empty serial number in client certificate CN"],
    [
      "serial before unit",
      aSubject({ serialNumber: "", organization: null }),
      session,
      "empty serial number in client certificate CN",
    ],
    ["a session bound to no machine", aSubject({ serialNumber: null }), unbound, null],
    ["an account-driven session", aSubject({ serialNumber: null }), aSession({ kind: "user" }), null],
    [
      "no organization",
      aSubject({ organization: null }),
      session,
      "missing or bad O in client certificate DN",
    ],
    [
      "another organization",
      aSubject({ organization: "Acme" }),
      session,
      "missing or bad O in client certificate DN",
    ],
    [
      "another unit",
      aSubject({ organization: "MBU$8" }),
      session,
      "unknown meta business unit in client certificate DN",
    ],
    [
      "the unit written otherwise",
      aSubject({ organization: "MBU$07" }),
      session,
      "unknown meta business unit in client certificate DN",
    ],
    [
      "no unit",
      aSubject({ organization: "MBU$" }),
      session,
      "unknown meta business unit in client certificate DN",
    ],
  ])("%s", (_, subject, of, detail) => {
    expect(refuseIdentityDetails(subject, of)?.detail ?? null).toBe(detail);
  });
});

describe("identitySubjectInput", () => {
  test.each(["dep", "ota", "user", "re"] as const)(
    "the subject of kind %s fits a common name and is read back from a certificate and from a header",
    (kind: SessionKind) => {
      const purpose = kind === "re" ? "re_enrollment_session" : (`${kind}_enrollment_session` as const);
      const secret = "s".repeat(secretLengths[purpose]);
      const session = aSession({ kind });
      const input = identitySubjectInput(planIdentity(session, secret, { use: "mdm" }));
      const subject = identitySubjectOfName(decodeName(encodeName(input)));
      expect(subject.commonName).toHaveLength(64);
      expect(parseIdentityName(subject)).toEqual({ kind, secret });
      expect(refuseIdentityDetails(subject, session)).toBeNull();
      const header = `serialNumber=C02,CN=${subject.commonName},O=MBU$7`;
      expect(identitySubjectOfHeader(parseDnHeader(header))).toEqual(subject);
    },
  );

  test("it holds common name, serial number and organization in this order, and nothing else", () => {
    expect(identitySubjectInput(planIdentity(aSession(), "abc", { use: "ota_phase_2" }))).toEqual([
      { oid: nameOids.commonName, value: "OTA$abc" },
      { oid: nameOids.serialNumber, value: "C02" },
      { oid: nameOids.organization, value: "MBU$7" },
    ]);
  });

  test("a session that may be that of several machines names none, unless told which", () => {
    const { secret } = aSession();
    const session = aSession({ secret: { ...secret, serialNumbers: ["C02", "C03"] } });
    expect(identitySubjectInput(planIdentity(session, "abc", { use: "mdm" }))).toHaveLength(2);
    const told = planIdentity(session, "abc", { use: "mdm", serialNumber: "C03" });
    expect(identitySubjectInput(told)[1]?.value).toBe("C03");
  });
});

test("the subject certified is the subject the SCEP payload has the device ask for", () => {
  const attributes: Readonly<Record<string, string>> = {
    CN: nameOids.commonName,
    O: nameOids.organization,
    "2.5.4.5": nameOids.serialNumber,
  };
  const facts = planIdentity(aSession(), "abc", { use: "mdm" });
  const asked = identitySubject(facts).map(([attribute]) => attribute);
  const certified = identitySubjectInput(facts).map(({ oid, value }) => [oid, value]);
  expect(asked.map((attribute) => [attributes[attribute?.[0] ?? ""], attribute?.[1]])).toEqual(certified);
});

test.each([
  ["OTA$abc", "abc"],
  ["OTA$abc$d", null],
  ["MDM$OTA$abc", null],
  ["OTA", null],
  ["XTA$abc", null],
  [null, null],
])("the common name %s of OTA's second phase holds the session secret %s", (commonName, secret) => {
  expect(parseOtaIdentityName(aSubject({ commonName }))).toBe(secret);
});

test("a business unit is compared whole, not by its last digits", () => {
  const session = aSession();
  expect(isOfSessionBusinessUnit(aSubject({ organization: "MBU$7" }), session)).toBe(true);
  expect(isOfSessionBusinessUnit(aSubject({ organization: "MBU$17" }), session)).toBe(false);
  expect(isOfSessionBusinessUnit(aSubject({ organization: null }), session)).toBe(false);
});
