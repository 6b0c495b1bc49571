/** What the TokenUpdate of a device in order costs beyond the look-up of its identity, and what it leaves behind. */
import { expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();

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
  const token = Buffer.alloc(32, 1);
  const send = () => tokenUpdate(phone, token, { UnlockToken: Buffer.from("unlock") });
  expect(await stories.countStatements(send)).toBe(3);
  expect(await storedToken(phone)).toEqual({ token, pushMagic: "magic", hasUnlockToken: true });
});

test("the same token again costs its event alone, and changes nothing", async () => {
  const mac = await stories.settledDevice("Mac");
  await tokenUpdate(mac, Buffer.alloc(32, 7));
  const before = await storedToken(mac);
  expect(await stories.countStatements(() => tokenUpdate(mac, Buffer.alloc(32, 7)))).toBe(2);
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
