/** Challenges fetched from fake issuers over HTTP: requests, answers, every failure's text, and every bound. */
import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { asUuid } from "#platform/ids.ts";
import { Secret } from "#platform/secret.ts";
import { type NameInput, nameOids } from "#protocol/x509/name.ts";
import {
  type FakeAnswer,
  type FakeIssuer,
  type IssuerCall,
  ndesPage,
  oktaPage,
  startFakeIssuer,
} from "#sandbox/scep-issuers/fake-issuer.ts";
import { seatIdOf, subjectAttributes } from "./digicert-challenge.ts";
import type { AskedBackend, ScepChallengeOrder } from "./scep-challenge-order.ts";
import { createScepChallengeSender } from "./scep-challenge-sender.ts";

const subject: readonly NameInput[] = [
  { oid: nameOids.commonName, value: "MDM$OTA$the-session-secret" },
  { oid: nameOids.serialNumber, value: "C02SERIAL" },
  { oid: nameOids.organization, value: "MBU$1" },
];

const issuers: FakeIssuer[] = [];
afterEach(async () => {
  await Promise.all(issuers.splice(0).map((issuer) => issuer.close()));
});

async function start(answer: (call: IssuerCall, count: number) => FakeAnswer): Promise<FakeIssuer> {
  const issuer = await startFakeIssuer(answer);
  issuers.push(issuer);
  return issuer;
}

const logged: string[] = [];
const log = pino({}, { write: (line: string) => void logged.push(line) });

async function fetchFrom(backend: AskedBackend, secondsMax = 10): Promise<string> {
  const order: ScepChallengeOrder = {
    kind: "scep_challenge_order",
    issuerId: asUuid("00000000-0000-4000-8000-000000000001"),
    issuerName: "Fake",
    issuerVersion: 1,
    backend: new Secret(backend),
    subject: new Secret(subject),
    keyUsage: 5,
  };
  const fetchChallenge = createScepChallengeSender({ log, retryDelayMilliseconds: 1, secondsMax });
  return (await fetchChallenge(order)).challenge.reveal();
}

type WebBackend = "MICROSOFT_CA" | "OKTA_CA";
const webCa = (backend: WebBackend, url: string): AskedBackend => ({
  backend,
  settings: { url, username: "scep", password: "pass: wörd" },
});
const ident = (url: string, change: object = {}): AskedBackend => ({
  backend: "IDENT",
  settings: { url, bearer_token: "bearer", request_timeout: 5, max_retries: 2, ...change },
});
const digicert = (url: string, mapping: "common_name" | "serial_number" | "dNSName"): AskedBackend => ({
  backend: "DIGICERT",
  settings: {
    api_base_url: `${url}mpki/api/`,
    api_token: "api-token",
    profile_guid: "profile",
    business_unit_guid: "unit",
    seat_type: "DEVICE_SEAT",
    seat_id_mapping: mapping,
    default_seat_email: "seats@example.com",
  },
});

describe("pages with a challenge", () => {
  test.each<[WebBackend, Buffer, string]>([
    ["MICROSOFT_CA", ndesPage("0123456789ABCDEF"), "0123456789ABCDEF"],
    ["MICROSOFT_CA", ndesPage("0123456789ABCDEF").subarray(2), "0123456789ABCDEF"],
    ["MICROSOFT_CA", ndesPage("0123456789ABCDEF").swap16(), "0123456789ABCDEF"],
    ["OKTA_CA", oktaPage("abc_DEF-0123456789"), "abc_DEF-0123456789"],
  ])("of %s are read", async (backend, body, challenge) => {
    const issuer = await start(() => ({ body }));
    expect(await fetchFrom(webCa(backend, issuer.url))).toBe(challenge);
    const [call] = issuer.calls;
    expect(call).toMatchObject({ method: "GET", path: "/" });
    const credentials = Buffer.from("scep:pass: wörd").toString("base64");
    expect(call?.headers["authorization"]).toBe(`Basic ${credentials}`);
  });

  test.each<[WebBackend, Buffer]>([
    ["MICROSOFT_CA", ndesPage("lower case 0123456789")],
    ["MICROSOFT_CA", ndesPage("0123456789ABCDE")],
    ["MICROSOFT_CA", ndesPage("0123456789ABCDEF0123456789ABCDEF0")],
    ["OKTA_CA", oktaPage("<script>0123456789")],
    ["OKTA_CA", Buffer.alloc(0)],
  ])("of %s without a usable challenge are refused", async (backend, body) => {
    const issuer = await start(() => ({ body }));
    await expect(fetchFrom(webCa(backend, issuer.url))).rejects.toThrow(
      "Could not find challenge in response.",
    );
  });

  test("that are not UTF-16 cannot be decoded", async () => {
    const issuer = await start(() => ({ body: Buffer.from([0x00, 0xd8, 0x41, 0x00, 0x41]) }));
    const failure = fetchFrom(webCa("MICROSOFT_CA", issuer.url));
    await expect(failure).rejects.toThrow("Could not decode response.");
  });
});

describe("Ident", () => {
  test("is told what the certificate shall say", async () => {
    const issuer = await start(() => ({ body: { challenge: "c1" } }));
    expect(await fetchFrom(ident(issuer.url))).toBe("c1");
    expect(issuer.calls).toMatchObject([
      {
        method: "POST",
        headers: { authorization: "Bearer bearer", "content-type": "application/json" },
        body: {
          subject: {
            common_name: "MDM$OTA$the-session-secret",
            serial_number: "C02SERIAL",
            country: [],
            organization: ["MBU$1"],
            organizational_unit: [],
          },
          subject_alternative_names: { email_addresses: [], dns_names: [], nt_principal_names: [] },
          key_usage: 5,
        },
      },
    ]);
  });

  test.each<[string, FakeAnswer, string]>([
    ["no JSON", { body: "<html>" }, "Could not decode response."],
    ["a list", { body: "[]" }, "Could not decode response."],
    ["no challenge", { body: {} }, "Could not find challenge in response."],
    ["a number", { body: { challenge: 5 } }, "Could not find challenge in response."],
    ["a refusal", { status: 401 }, "Request error: HTTP 401"],
    [
      "another host",
      { status: 302, headers: { location: "http://127.0.0.2/" } },
      "Request error: a redirect",
    ],
    ["too much", { body: Buffer.alloc(300 * 1024) }, "Request error: an answer of more than"],
  ])("that answers %s is refused", async (_what, answer, text) => {
    const issuer = await start(() => answer);
    await expect(fetchFrom(ident(issuer.url))).rejects.toThrow(text);
    expect(issuer.calls.length).toBe(1);
  });

  test.each([429, 500, 502, 503, 504])("is asked again after a %i", async (status) => {
    const issuer = await start((_, count) => (count < 3 ? { status } : { body: { challenge: "late" } }));
    expect(await fetchFrom(ident(issuer.url))).toBe("late");
    expect(issuer.calls.length).toBe(3);
  });

  test("is asked only as often as its settings say", async () => {
    const issuer = await start(() => ({ status: 503 }));
    await expect(fetchFrom(ident(issuer.url))).rejects.toThrow("Request error: HTTP 503");
    expect(issuer.calls.length).toBe(3);
  });

  test("that does not answer costs its timeout for each try, and the deadline at most", async () => {
    const issuer = await start(() => ({ hangs: true }));
    const settings = { request_timeout: 1, max_retries: 1 };
    const began = performance.now();
    await expect(fetchFrom(ident(issuer.url, settings))).rejects.toThrow("Request error: timeout");
    // On a busy machine it takes longer, never shorter, and a try may be over before the issuer has read of it.
    expect(performance.now() - began).toBeGreaterThan(1_900);
    expect(issuer.calls.length).toBeLessThanOrEqual(2);
    await expect(fetchFrom(ident(issuer.url), 0.2)).rejects.toThrow("Request error: timeout");
    // Three further tries without the deadline.
    expect(issuer.calls.length).toBeLessThanOrEqual(3);
  });

  test("that is not there is a request error", async () => {
    const issuer = await start(() => ({}));
    await issuer.close();
    await expect(fetchFrom(ident(issuer.url))).rejects.toThrow("Request error: ECONNREFUSED");
  });

  test("without TLS is not asked, except on loopback", async () => {
    await expect(fetchFrom(ident("http://ident.example.com/"))).rejects.toThrow("the URL is not https");
  });
});

test("a redirect on the same origin is followed, three times at most", async () => {
  const issuer = await start(({ path }) =>
    path === "/page"
      ? { body: oktaPage("abc_DEF-0123456789") }
      : { status: 302, headers: { location: "/page" } },
  );
  expect(await fetchFrom(webCa("OKTA_CA", issuer.url))).toBe("abc_DEF-0123456789");
  expect(issuer.calls[1]?.headers["authorization"]).toBe(issuer.calls[0]?.headers["authorization"]);
  const circle = await start(() => ({ status: 302, headers: { location: "/again" } }));
  await expect(fetchFrom(webCa("OKTA_CA", circle.url))).rejects.toThrow("too many redirects");
  expect(circle.calls.length).toBe(4);
});

describe("DigiCert", () => {
  const seatPath = "/mpki/api/v1/seat";
  const enrollment = { body: { enrollment_code: "code-1" } };

  test("enrolls for a seat that exists", async () => {
    const issuer = await start(({ path }) => (path.startsWith(seatPath) ? { body: {} } : enrollment));
    expect(await fetchFrom(digicert(issuer.url, "serial_number"))).toBe("code-1");
    expect(issuer.calls).toMatchObject([
      {
        method: "GET",
        path: `${seatPath}/C02SERIAL?seat_type_id=DEVICE_SEAT&business_unit_id=unit`,
        headers: { "x-api-key": "api-token" },
      },
      {
        method: "POST",
        path: "/mpki/api/v1/enrollment",
        body: {
          profile: "profile",
          seat: { seat_id: "C02SERIAL", email: "seats@example.com" },
          attributes: {
            subject: { common_name: "MDM$OTA$the-session-secret", organization_name: "MBU$1" },
          },
        },
      },
    ]);
  });

  test("makes a seat that does not exist", async () => {
    const issuer = await start(({ method, path }) => {
      if (method === "GET") return { status: 404 };
      return path === seatPath ? { status: 201, body: {} } : enrollment;
    });
    expect(await fetchFrom(digicert(issuer.url, "serial_number"))).toBe("code-1");
    expect(issuer.calls[1]).toMatchObject({
      path: seatPath,
      body: {
        business_unit_id: "unit",
        seat_type: { id: "DEVICE_SEAT" },
        seat_id: "C02SERIAL",
        seat_name: "C02SERIAL",
        email: "seats@example.com",
      },
    });
  });

  test.each<[string, (call: IssuerCall) => FakeAnswer, string]>([
    ["a seat cannot be got", () => ({ status: 403 }), "Could not get seat 'C02SERIAL'"],
    [
      "a seat cannot be made",
      ({ method }) => ({ status: method === "GET" ? 404 : 400 }),
      "Could not create seat 'C02SERIAL'",
    ],
    ["there is no code", () => ({ body: {} }), "Could get enrollment_code from response"],
    [
      "the enrollment is refused",
      ({ path }) => (path.startsWith(seatPath) ? { body: {} } : { status: 400 }),
      "Request error: HTTP 400",
    ],
  ])("says so when %s", async (_what, answer, text) => {
    const issuer = await start(answer);
    await expect(fetchFrom(digicert(issuer.url, "serial_number"))).rejects.toThrow(text);
  });

  test("does not put a session's secret into an error", async () => {
    const issuer = await start(() => ({ status: 403 }));
    const failure = fetchFrom(digicert(issuer.url, "common_name"));
    await expect(failure).rejects.toThrow("Could not get seat 'MDM$OTA$…'");
  });

  test("needs the attribute that names the seat", async () => {
    const issuer = await start(() => ({}));
    const failure = fetchFrom(digicert(issuer.url, "dNSName"));
    await expect(failure).rejects.toThrow("Could not get seat ID 'dNSName' from SAN");
    const names = { subject, alternativeNames: { dNSName: "mac.example.com" } };
    expect(seatIdOf("dNSName", names)).toBe("mac.example.com");
    expect(() => seatIdOf("rfc822Name", names)).toThrow("Could not get seat ID 'rfc822Name' from SAN");
    expect(() => seatIdOf("email", names)).toThrow("Could not get seat ID 'email' from Subject");
    expect(() => seatIdOf("shoe", names)).toThrow("Unknown seat ID mapping 'shoe'");
    expect(issuer.calls).toEqual([]);
  });

  test("gets several values of an attribute as a list", () => {
    const units = ["a", "b"].map((value) => ({ oid: nameOids.organizationalUnit, value }));
    expect(subjectAttributes([...subject, ...units], "common_name")).toEqual({
      serial_number: "C02SERIAL",
      organization_name: "MBU$1",
      organization_units: ["a", "b"],
    });
  });
});

test("what is logged of failures holds neither credentials nor secrets", () => {
  expect(logged.length).toBeGreaterThan(10);
  for (const secret of ["pass: wörd", "bearer", "api-token", "the-session-secret"]) {
    expect(logged.join("")).not.toContain(secret);
  }
});
