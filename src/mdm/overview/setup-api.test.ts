import { describe, expect, test } from "vitest";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { useTestDatabase, testStart } from "../../../test/tools/test-database.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { askOwnAddress } from "./own-address-sender.ts";
import { judgeSetup, type SetupFacts } from "./setup.ts";
import { setupEndpoints } from "./setup-api.ts";

const database = useTestDatabase();
const api = useApiServer(database, () =>
  bindEndpoints({ baseUrl: new URL("https://mdm.example.com") }, setupEndpoints),
);

type Setup = {
  readonly is_complete: boolean;
  readonly steps: readonly {
    key: string;
    is_done: boolean;
    problem: string | null;
    object_id: number | null;
  }[];
};
async function read(): Promise<Setup> {
  const { status, body } = await api.call("GET", "/api/mdm/setup/", { permissions: [] });
  expect(status).toBe(200);
  return body as Setup;
}

test("an empty server has everything to do but its address", async () => {
  const { is_complete, steps } = await read();
  expect(is_complete).toBe(false);
  expect(steps.map(({ key, problem }) => [key, problem])).toEqual([
    ["base_url", null],
    ["push_certificate", "missing"],
    ["blueprint", "missing"],
    ["enrollment", "missing"],
    ["device", "missing"],
  ]);
});

test("a device that enrolled counts, one that did not or left is what is looked at", async () => {
  await database.testOperation((op) => enrollDevice(op, { checkoutAt: op.at }));
  expect((await read()).steps.at(-1)).toMatchObject({ is_done: false, problem: "not_enrolled" });
  const { id } = await database.testOperation((op) => enrollDevice(op));
  expect((await read()).steps.at(-1)).toEqual({ key: "device", is_done: true, problem: null, object_id: id });
});

describe("judging", () => {
  const done: SetupFacts = {
    pushCertificateId: 1,
    pushCertificateEnd: new Date("2027-01-01"),
    blueprintId: 2,
    enrollmentId: 3,
    isEnrollmentOpen: true,
    deviceId: 4,
    isDeviceEnrolled: true,
  };
  const https = new URL("https://mdm.example.com");
  const problems = (facts: Partial<SetupFacts>, baseUrl = https): unknown[] =>
    judgeSetup({ ...done, ...facts }, { baseUrl, at: testStart }).flatMap(({ problem }) => problem ?? []);

  test.each([
    [{}, []],
    [{ pushCertificateEnd: null }, ["without_certificate"]],
    [{ pushCertificateEnd: testStart }, ["expired"]],
    [{ isEnrollmentOpen: false }, ["ended"]],
    [{ blueprintId: null }, ["missing"]],
  ] as const)("%j has the problems %j", (facts, expected) => {
    expect(problems(facts)).toEqual(expected);
  });

  test("plain HTTP is no address for devices", () => {
    expect(problems({}, new URL("http://localhost:8080"))).toEqual(["not_https"]);
  });
});

describe("the own address", () => {
  test("is reached when it is ours, and the reason is told when it is not", async () => {
    const answers = ["ok\n", "Welcome to nginx"];
    const server = createServer((_request, response) => response.end(answers.shift()));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(await askOwnAddress(url)).toEqual({ isOk: true, reason: "reached" });
    expect(await askOwnAddress(url)).toEqual({ isOk: false, reason: "status_200" });
    await new Promise((done) => server.close(done));
    server.closeAllConnections();
    expect(await askOwnAddress(url)).toEqual({ isOk: false, reason: "ECONNREFUSED" });
  });

  test("is tested by those who may add enrollments", async () => {
    const { status } = await api.call("POST", "/api/mdm/setup/test_base_url/", { permissions: [] });
    expect(status).toBe(403);
  });
});
