/** What the TokenUpdate of a device in order costs beyond the look-up of its identity, and what it leaves behind. */
import { expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();

/** Timers of the server count too; in one of so many tries none of them falls into the request. */
const triesMax = 10;

async function countStatements(send: () => Promise<unknown>, expected: number): Promise<number> {
  const { database } = stories.app.foundation;
  const costs: number[] = [];
  while (costs.length < triesMax && costs.at(-1) !== expected) {
    const before = database.statementCount();
    await send();
    costs.push(database.statementCount() - before);
  }
  return Math.min(...costs);
}

function tokenUpdate(device: SimulatedDevice, token: Buffer, further = {}): Promise<unknown> {
  return device.sendCheckin({
    MessageType: "TokenUpdate",
    Topic: stories.topic,
    PushMagic: "magic",
    Token: token,
    ...further,
  });
}

function storedToken({ facts }: SimulatedDevice) {
  return stories.app.foundation.database.one<{ token: Buffer; pushMagic: string; hasUnlockToken: boolean }>(
    sql`select token, push_magic, unlock_token_sealed is not null as has_unlock_token
          from devices where udid = ${facts.udid}`,
  );
}

test("a new token costs its update and its event, an unlock token nothing more", async () => {
  const phone = await stories.settledDevice("iPhone");
  let number = 0;
  const send = () =>
    tokenUpdate(phone, Buffer.alloc(32, ++number), { UnlockToken: Buffer.from(`unlock ${number}`) });
  expect(await countStatements(send, 3)).toBe(3);
  const stored = await storedToken(phone);
  expect(stored).toEqual({ token: Buffer.alloc(32, number), pushMagic: "magic", hasUnlockToken: true });
});

test("the same token again costs its event alone, and changes nothing", async () => {
  const mac = await stories.settledDevice("Mac");
  await tokenUpdate(mac, Buffer.alloc(32, 7));
  const before = await storedToken(mac);
  expect(await countStatements(() => tokenUpdate(mac, Buffer.alloc(32, 7)), 2)).toBe(2);
  expect(await storedToken(mac)).toEqual(before);
});

test("a token that was replaced does not come back by this way either", async () => {
  const mac = await stories.settledDevice("Mac");
  await tokenUpdate(mac, Buffer.alloc(32, 1));
  await tokenUpdate(mac, Buffer.alloc(32, 2));
  await tokenUpdate(mac, Buffer.alloc(32, 1));
  expect((await storedToken(mac)).token).toEqual(Buffer.alloc(32, 2));
});

test("many tokens at once leave one of them, whole", async () => {
  const mac = await stories.settledDevice("Mac");
  const tokens = Array.from({ length: 12 }, (_, index) => Buffer.alloc(32, 100 + index));
  await Promise.all(tokens.map((token) => tokenUpdate(mac, token)));
  const { token } = await storedToken(mac);
  expect(tokens.some((sent) => sent.equals(token))).toBe(true);
});
