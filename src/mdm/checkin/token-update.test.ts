import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCheckin, type TokenUpdateMessage } from "#protocol/mdm/checkin.ts";
import { sharedIpadUserId } from "#protocol/mdm/identifiers.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import type { Device } from "#mdm/devices/device.ts";
import { aDevice } from "../../../test/tools/devices.ts";
import { planTokenUpdate, supersededTokensMax, type TokenUpdatePlan, tokenDigest } from "./token-update.ts";

const enrollment = { sessionId: 5, blueprintId: 9 };

function aMessage(members: PlistWritableDictionary = {}): TokenUpdateMessage {
  const body = writePlist({
    MessageType: "TokenUpdate",
    UDID: "00008112-000A1B2C3D4E5F60",
    Topic: "com.apple.mgmt.External.1",
    Token: Buffer.from("new token"),
    PushMagic: "new magic",
    ...members,
  });
  return decodeCheckin(body) as TokenUpdateMessage;
}

function plan(device: Partial<Device> = {}, members: PlistWritableDictionary = {}): TokenUpdatePlan {
  const message = aMessage(members);
  const planned = planTokenUpdate({ device: aDevice(device), enrollment, pushCertificateId: 3, message });
  if ("code" in planned) throw new Error(planned.detail);
  return planned;
}

const user = { UserID: "USER-1", UserLongName: "Ada Park", UserShortName: "ada" };

describe("the device channel", () => {
  test("sets token and magic, enrollment and push certificate, and ends a check-out", () => {
    expect(plan({ checkoutAt: new Date(), blueprintId: null })).toMatchObject({
      isStale: false,
      user: null,
      completesSession: true,
      patch: {
        token: Buffer.from("new token"),
        pushMagic: "new magic",
        sessionId: 5,
        pushCertificateId: 3,
        blueprintId: 9,
        checkoutAt: null,
      },
    });
  });

  test("mends a token that Apple rejected", () => {
    const { patch } = plan({ tokenRejectedAt: new Date(), tokenRejectedReason: "Unregistered" });
    expect(patch).toMatchObject({ tokenRejectedAt: null, tokenRejectedReason: null });
  });

  test("keeps the blueprint an operator chose", () => {
    expect(plan({ blueprintId: 4 }).patch).not.toHaveProperty("blueprintId");
  });

  test("takes AwaitingConfiguration when it is there, and leaves it when it is not or malformed", () => {
    expect(plan({}, { AwaitingConfiguration: true }).patch).toMatchObject({ awaitingConfiguration: true });
    expect(plan({}, { AwaitingConfiguration: false }).patch).toMatchObject({ awaitingConfiguration: false });
    expect(plan().patch).not.toHaveProperty("awaitingConfiguration");
    expect(plan({}, { AwaitingConfiguration: "yes" }).patch).not.toHaveProperty("awaitingConfiguration");
  });

  test("takes an unlock token that is there and not empty", () => {
    expect(plan({}, { UnlockToken: Buffer.from("unlock") }).unlockToken).toEqual(Buffer.from("unlock"));
    for (const UnlockToken of [undefined, Buffer.alloc(0), "text"]) {
      expect(plan({}, { UnlockToken }).unlockToken).toBeNull();
    }
  });
});

describe("the user channel", () => {
  test("describes the user and leaves the device's token alone", () => {
    const planned = plan({}, { ...user, UnlockToken: Buffer.from("unlock") });
    expect(planned.patch).not.toHaveProperty("token");
    expect(planned.patch).not.toHaveProperty("pushMagic");
    expect(planned.patch).not.toHaveProperty("supersededTokens");
    expect(planned.unlockToken).toBeNull();
    expect(planned.user).toEqual({
      userId: "USER-1",
      enrollmentId: null,
      longName: "Ada Park",
      shortName: "ada",
      token: Buffer.from("new token"),
    });
  });

  test("completes a session only when the device has a token", () => {
    expect(plan({ token: null }, user).completesSession).toBe(false);
    expect(plan({ token: Buffer.from("t") }, user).completesSession).toBe(true);
  });

  test("does without names, and without a user where nobody is signed in", () => {
    expect(plan({}, { UserID: "USER-1" }).user).toMatchObject({ longName: "", shortName: "" });
    expect(plan({}, { UserID: "USER-1", UserShortName: "ada" }).user).toMatchObject({ longName: "ada" });
    for (const UserID of [sharedIpadUserId, sharedIpadUserId.toLowerCase()]) {
      expect(plan({}, { UserID }).user).toBeNull();
    }
  });

  test("knows the user of a user enrollment by its enrollment", () => {
    const members = { UDID: undefined, EnrollmentID: "E-1", EnrollmentUserID: "EU-1" };
    expect(plan({}, members)).toMatchObject({
      user: { userId: "EU-1", enrollmentId: "EU-1" },
      patch: { enrollmentId: "E-1" },
    });
  });
});

describe("superseded tokens", () => {
  const token = Buffer.from("token");
  const oldOne = tokenDigest(Buffer.from("new token"), "new magic");

  test("a token that was replaced does not come back, and nothing of its message is taken", () => {
    expect(plan({ token, supersededTokens: [oldOne] }, { UnlockToken: Buffer.from("u") })).toEqual({
      isStale: true,
      patch: {},
      user: null,
      unlockToken: null,
      completesSession: false,
    });
  });

  test("unless the present one is gone or rejected", () => {
    expect(plan({ token: null, supersededTokens: [oldOne] }).isStale).toBe(false);
    expect(plan({ token, tokenRejectedAt: new Date(), supersededTokens: [oldOne] }).isStale).toBe(false);
  });

  test("the same token with another magic is another target", () => {
    expect(plan({ supersededTokens: [oldOne] }, { PushMagic: "third magic" }).isStale).toBe(false);
    // The separator keeps magic and token apart.
    expect(tokenDigest(Buffer.from("bc"), "a").equals(tokenDigest(Buffer.from("c"), "ab"))).toBe(false);
  });

  /** Applies updates one after the other, as the operations do. */
  function apply(updates: readonly number[]): { device: Device; stale: boolean[] } {
    let device = aDevice({ token: null, pushMagic: null });
    const stale = updates.map((number) => {
      const planned = plan(device, { Token: Buffer.from(`token ${number}`), PushMagic: `magic ${number}` });
      device = { ...device, ...planned.patch };
      return planned.isStale;
    });
    return { device, stale };
  }

  test("the same message twice plans the same state", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }), (updates) => {
        const once = apply(updates).device;
        const twice = apply([...updates, updates.at(-1) ?? 0]).device;
        expect(twice.token).toEqual(once.token);
        expect(twice.supersededTokens).toEqual(once.supersededTokens);
      }),
    );
  });

  test("whatever is replayed, the newest token that was seen first stays, and memory is bounded", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: 60 }), (replays) => {
        const firsts = Array.from({ length: supersededTokensMax }, (_, index) => index);
        const { device } = apply([...firsts, ...replays.map((replay) => replay % supersededTokensMax)]);
        expect(device.token).toEqual(Buffer.from(`token ${supersededTokensMax - 1}`));
        expect(device.supersededTokens.length).toBeLessThanOrEqual(supersededTokensMax);
      }),
    );
    const many = apply(Array.from({ length: 50 }, (_, index) => index)).device;
    expect(many.supersededTokens).toHaveLength(supersededTokensMax);
  });
});
