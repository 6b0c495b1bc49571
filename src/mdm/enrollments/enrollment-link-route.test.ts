import { afterAll, beforeAll, expect, test } from "vitest";
import { type HttpServer, createHttpServer } from "#platform/http/http-server.ts";
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import {
  type EnrollmentWorld,
  makeEnrollment,
  makeEnrollmentWorld,
} from "../../../test/tools/enrollment-world.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { enrollmentLinkRoute, linkRate } from "./enrollment-link-route.ts";
import { revokeOtaEnrollment } from "./ota-enrollment-operations.ts";

const database = useTestDatabase();
let world: EnrollmentWorld;
let server: HttpServer;
let origin: string;

beforeAll(async () => {
  world = await makeEnrollmentWorld(database);
  server = createHttpServer({
    source: database.source,
    endpoints: [],
    rawRoutes: [enrollmentLinkRoute(world.deps)],
    authenticate: async () => ({ unauthenticated: true, detail: "nobody" }),
  });
  origin = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});
afterAll(async () => {
  await server.close();
  await world.deps.eventBuffer.close();
});

const open = (secret: string): Promise<Response> => fetch(`${origin}/public/mdm/enroll/${secret}/`);

test("the link leads to the profile that a device begins with, and nothing keeps it", async () => {
  const { challenge } = await makeEnrollment(database, world);
  const answer = await open(challenge);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/x-apple-aspen-config");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const { content } = decodeSignedData(Buffer.from(await answer.arrayBuffer()));
  expect(Buffer.from(content ?? []).toString()).toContain(challenge);
});

test("it also works for devices of a list: who comes is asked when the device comes", async () => {
  const { challenge } = await makeEnrollment(database, world, { serial_numbers: ["C02XK1JZJHD3"] });
  expect((await open(challenge)).status).toBe(200);
});

test("a revoked enrollment, an unknown secret and no secret are a 404 without a word why", async () => {
  const { enrollment, challenge } = await makeEnrollment(database, world);
  await database.testOperation((op) => revokeOtaEnrollment(op, enrollment.id));
  for (const secret of [challenge, "x".repeat(64), "short"]) {
    const answer = await open(secret);
    expect([answer.status, await answer.text()]).toEqual([404, "Not Found\n"]);
  }
});

test("whoever asks too often is told when to ask again, and is let in then", async () => {
  const { challenge } = await makeEnrollment(database, world);
  database.clock.advance(3600);
  for (let asked = 0; asked < linkRate.burst; asked += 50) {
    await Promise.all(Array.from({ length: 50 }, () => open("short")));
  }
  const refused = await open(challenge);
  expect([refused.status, await refused.text()]).toEqual([429, "Too Many Requests\n"]);
  expect(refused.headers.get("retry-after")).toBe("1");
  database.clock.advance(1);
  expect((await open(challenge)).status).toBe(200);
});
