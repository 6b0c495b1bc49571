/** How a device joins a server: its identity, the MDM profile, Authenticate and TokenUpdate, tokens kept by the server. */
import type { Identity } from "../crypto/certificate-writer.ts";
import { signatureShapes } from "../crypto/cms-writer.ts";
import type { KeyPair } from "../crypto/key-pool.ts";
import { tokenUpdateMessage } from "./checkin-messages.ts";
import type { Message } from "./checkin-messages.ts";
import { listCertificatePayloads, readMdmSettings } from "./configuration-profile.ts";
import type { ConfigurationProfile, MdmSettings } from "./configuration-profile.ts";
import { DeviceError } from "./device-error.ts";
import { makePushTarget } from "./device-state.ts";
import type { Channel, Enrollment, PushTarget } from "./device-state.ts";
import { expectOk } from "./mdm-client.ts";
import type { OtaContext } from "./ota-enrollment.ts";
import { enrollWithScep } from "./scep-client.ts";
import type { ServerLine } from "./server-line.ts";
import type { SimulatedWorld } from "./simulated-world.ts";
import type { WireAnswer } from "./transport.ts";

export type MembershipOptions = {
  /** Null: as the server can. */
  readonly scepMethod: "GET" | "POST" | null;
  /** The device's own verbs, so that a test which replaces one of a device is obeyed here too. */
  readonly authenticate: () => Promise<WireAnswer>;
  readonly sendCheckin: (message: Message) => Promise<WireAnswer>;
};

export class Membership {
  readonly #world: SimulatedWorld;
  readonly #line: ServerLine;
  readonly #options: MembershipOptions;
  #keysTaken = 0;
  #tokensTaken = 0;

  constructor(world: SimulatedWorld, line: ServerLine, options: MembershipOptions) {
    this.#world = world;
    this.#line = line;
    this.#options = options;
  }

  /** What an over-the-air enrollment needs to know of this device. */
  async otaContext(): Promise<OtaContext> {
    const { deviceCa, keys, transport, now } = this.#world;
    const { facts } = this.#line;
    return {
      facts,
      transport,
      birthIdentity: deviceCa.issueDeviceIdentity(facts.udid, await keys.pick(facts.number)),
      keysOf: (bits) => this.#keysOf(bits),
      shape: signatureShapes.bareSha1, // What Macs send to this day, whatever they sign check-ins with.
      now,
    };
  }

  /** Installs an MDM profile: obtains the identity it asks for, and joins. */
  async install(profile: ConfigurationProfile): Promise<void> {
    const settings = readMdmSettings(profile);
    if (settings === null) throw new DeviceError("profile_unusable", "Profile has no MDM payload");
    const { state } = this.#line;
    const identity = await this.#obtainIdentity(settings);
    await this.#join({ settings, identity, profileIdentifier: profile.identifier });
    state.profiles.set(profile.identifier, { profile, isManaged: true });
    state.certificates.push(...listCertificatePayloads(profile));
    await this.#escrowBootstrapToken(settings);
  }

  /** The MDM payload of an enrolled device is replaced: same server and topic, new identity. */
  async replace(profile: ConfigurationProfile, settings: MdmSettings): Promise<void> {
    const before = this.#line.enrollment();
    const isSame =
      settings.topic === before.settings.topic && settings.serverUrl === before.settings.serverUrl;
    if (!isSame) throw new DeviceError("profile_unusable", "MDM payload is of another server");
    const identity = await this.#obtainIdentity(settings);
    await this.#join({ settings, identity, profileIdentifier: profile.identifier });
    this.#line.state.profiles.delete(before.profileIdentifier);
  }

  /** Renews the identity with a SCEP RenewalReq. */
  async renewIdentity(): Promise<void> {
    const enrollment = this.#line.enrollment();
    const identity = await this.#obtainIdentity(enrollment.settings, enrollment.identity);
    this.#line.state.enrollment = { ...enrollment, identity };
  }

  /** Takes new push tokens and reports them, on every channel there is. */
  async reportTokens(): Promise<void> {
    const { facts, state } = this.#line;
    const { settings } = this.#line.enrollment();
    const label = `push/${this.#tokensTaken++}`;
    const isPhoneOrPad = facts.model === "iPhone" || facts.model === "iPad";
    state.unlockToken = isPhoneOrPad ? facts.bytes("unlock", 128) : null;
    state.push = makePushTarget(facts, label);
    await this.#sendTokens(state.push, "device");
    if (facts.user !== null && settings.capabilities.includes("com.apple.mdm.per-user-connections")) {
      // The token is the user's own, the magic that of the device (spec 6.1).
      const { token } = makePushTarget(facts, `${label}/user`);
      state.userPush = { token, magic: state.push.magic };
      await this.#sendTokens(state.userPush, "user");
    }
    this.#line.pushTargetsChanged();
  }

  #keysOf(bits: number): Promise<KeyPair> {
    return this.#world.keys.pick(this.#line.facts.number + this.#keysTaken++, bits);
  }

  async #obtainIdentity(mdm: MdmSettings, renews?: Identity): Promise<Identity> {
    const keys = await this.#keysOf(mdm.scep.keyBits);
    return enrollWithScep(this.#world.transport, {
      settings: mdm.scep,
      keys,
      at: this.#world.now(),
      method: this.#options.scepMethod,
      ...(renews === undefined ? {} : { renews }),
    });
  }

  /** Authenticate and TokenUpdate with a new membership; when the server refuses, the old one stays. */
  async #join(enrollment: Enrollment): Promise<void> {
    const { state } = this.#line;
    const before = state.enrollment;
    state.enrollment = enrollment;
    try {
      expectOk(await this.#options.authenticate(), "Authenticate");
      await this.reportTokens();
    } catch (error) {
      state.enrollment = before;
      throw error;
    }
    state.leftBecause = null;
  }

  async #sendTokens(push: PushTarget, channel: Channel): Promise<void> {
    const { facts, state } = this.#line;
    const message = tokenUpdateMessage(facts, {
      topic: this.#line.enrollment().settings.topic,
      push,
      unlockToken: channel === "device" ? state.unlockToken : null,
      isUserChannel: channel === "user",
    });
    expectOk(await this.#options.sendCheckin(message), `TokenUpdate on the ${channel} channel`);
  }

  async #escrowBootstrapToken(settings: MdmSettings): Promise<void> {
    const { facts, state } = this.#line;
    if (facts.model !== "Mac" || !settings.capabilities.includes("com.apple.mdm.bootstraptoken")) return;
    const token = facts.bytes("bootstrap", 32);
    const message = { MessageType: "SetBootstrapToken", BootstrapToken: token };
    expectOk(await this.#options.sendCheckin(message), "SetBootstrapToken");
    state.bootstrapToken = token;
  }
}
