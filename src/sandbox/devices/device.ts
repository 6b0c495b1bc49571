/**
 * A simulated Apple device. Its verbs are what people and devices do — enroll, poll, answer, lock, check out — and
 * its state is what became of it. It reads like Apple's documentation, because tests tell their stories with it.
 */
import { bytesAt, dictionaryAt, nonEmptyStringAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import type { Identity } from "../crypto/certificate-writer.ts";
import { signatureShapes } from "../crypto/cms-writer.ts";
import type { SignatureShape } from "../crypto/cms-writer.ts";
import type { KeyPair } from "../crypto/key-pool.ts";
import { authenticateMessage, tokenUpdateMessage, userMembers } from "./checkin-messages.ts";
import type { Message } from "./checkin-messages.ts";
import { answerCommand } from "./command-answers.ts";
import { listCertificatePayloads, openProfile, readMdmSettings } from "./configuration-profile.ts";
import type { ConfigurationProfile, MdmSettings } from "./configuration-profile.ts";
import { DeviceError } from "./device-error.ts";
import { understandsUnrecognizedDevice } from "./device-facts.ts";
import type { DeviceFacts } from "./device-facts.ts";
import type { Supervision } from "./managed-state.ts";
import { makePushTarget, newDeviceState } from "./device-state.ts";
import type {
  Channel,
  CommandAnswer,
  DeviceState,
  Enrollment,
  PushTarget,
  SeenCommand,
} from "./device-state.ts";
import { expectOk, isToldToUnenroll, MdmClient } from "./mdm-client.ts";
import type { IdentityProof } from "./mdm-client.ts";
import { beginOta, fetchMdmProfile, openProfileAnswer } from "./ota-enrollment.ts";
import type { OtaContext, OtaProgress } from "./ota-enrollment.ts";
import { plistText } from "./plist-text.ts";
import type { PushFeed, PushNotice } from "./push-feed.ts";
import { enrollWithScep } from "./scep-client.ts";
import type { SimulatedWorld } from "./simulated-world.ts";
import type { WireAnswer, WireRequest } from "./transport.ts";

export type DeviceOptions = {
  /** How check-ins are signed; otherwise devices take turns, so that a fleet shows every shape. */
  readonly shape?: SignatureShape;
  readonly proof?: IdentityProof;
  readonly scepMethod?: "GET" | "POST";
  /** How the device came under management; "none" unless said otherwise. */
  readonly supervision?: Supervision;
};

/** A device that goes on being given commands for longer than this is in a loop. */
export const commandsPerPollMax = 200;

export class SimulatedDevice {
  readonly facts: DeviceFacts;
  readonly state: DeviceState;
  readonly client: MdmClient;
  readonly #world: SimulatedWorld;
  readonly #options: DeviceOptions;
  readonly #scripts = new Map<string, CommandAnswer[]>();
  #turn: Promise<unknown> = Promise.resolve();
  #keysTaken = 0;
  #tokensTaken = 0;
  #feed: PushFeed | null = null;
  #subscriptions: (() => void)[] = [];

  constructor(world: SimulatedWorld, facts: DeviceFacts, options: DeviceOptions = {}) {
    this.facts = facts;
    this.state = newDeviceState(facts, options.supervision);
    this.#world = world;
    this.#options = options;
    const shapes = [signatureShapes.bareSha256, signatureShapes.bareSha1, signatureShapes.attributesSha256];
    this.client = new MdmClient({
      transport: world.transport,
      ...(world.trustedCaPem === null ? {} : { trustedCaPem: world.trustedCaPem }),
      shape: options.shape ?? shapes[facts.number % shapes.length] ?? signatureShapes.bareSha256,
      proof: options.proof ?? "as_profile_says",
      now: world.now,
    });
  }

  get isEnrolled(): boolean {
    return this.state.enrollment !== null;
  }

  /** False for a device that is erased or off, and for a Mac behind the lock screen of a DeviceLock. */
  get isReachable(): boolean {
    return (
      !this.state.isErased &&
      !this.state.managed.isShutDown &&
      (this.state.lock === null || this.state.lock.pin === null)
    );
  }

  /** The identity of the enrollment. @throws {DeviceError} `not_enrolled`. */
  get identity(): Identity {
    return this.#enrollment().identity;
  }

  /**
   * Enrolls with what a person would tap on: a Profile Service profile (over the air) or an MDM profile.
   *
   * @param profile Its bytes, or where to download it.
   */
  async enroll(profile: Buffer | string): Promise<void> {
    const opened = typeof profile === "string" ? await this.#download(profile) : openProfile(profile);
    await this.#inTurn(async () => {
      const isOta = opened.payloadType === "Profile Service";
      await this.#installMdmProfile(isOta ? await fetchMdmProfile(await this.#otaContext(), opened) : opened);
    });
  }

  /** The first half of an OTA enrollment, for tests of what may happen between the phases. */
  async beginOta(profile: Buffer): Promise<{ readonly context: OtaContext; readonly progress: OtaProgress }> {
    const context = await this.#otaContext();
    return { context, progress: await beginOta(context, openProfile(profile)) };
  }

  /** Connects, carries out every command there is, and returns them. A device told to unenroll does so. */
  pollUntilIdle(channel: Channel = "device"): Promise<SeenCommand[]> {
    return this.#inTurn(() => this.#poll(channel));
  }

  /** From now on the next `times` commands of a type are answered so instead of being carried out. */
  answer(requestType: string, scripted: CommandAnswer, times = 1): void {
    const script = this.#scripts.get(requestType) ?? [];
    this.#scripts.set(requestType, [...script, ...Array<CommandAnswer>(times).fill(scripted)]);
  }

  /** The person removes the MDM profile. */
  checkOut(): Promise<void> {
    return this.#inTurn(async () => {
      const { settings } = this.#enrollment();
      if (settings.checksOutWhenRemoved) {
        expectOk(await this.sendCheckin({ MessageType: "CheckOut", Topic: settings.topic }), "CheckOut");
      }
      this.#leave("checked_out");
    });
  }

  /** Types a PIN at the lock screen of a Mac. @returns Whether it opened. */
  unlock(pin: string): boolean {
    if (this.state.lock?.pin !== pin) return false;
    this.state.lock = null;
    return true;
  }

  /** Somebody presses the power button of a device that was shut down. */
  powerOn(): void {
    this.state.managed.isShutDown = false;
  }

  /** Renews the identity with a SCEP RenewalReq; the new one is used from now on. */
  renewIdentity(): Promise<void> {
    return this.#inTurn(async () => {
      const enrollment = this.#enrollment();
      const identity = await this.#obtainIdentity(enrollment.settings, enrollment.identity);
      this.state.enrollment = { ...enrollment, identity };
    });
  }

  /** Receives new push tokens, as after a restore, and reports them. */
  updateTokens(): Promise<void> {
    return this.#inTurn(() => this.#reportTokens());
  }

  /** Sends Authenticate alone, as a device that lost its answer does again. */
  authenticate(): Promise<WireAnswer> {
    return this.sendCheckin(authenticateMessage(this.facts, this.#enrollment().settings.topic));
  }

  /** Asks for the bootstrap token the server keeps. */
  async getBootstrapToken(): Promise<Buffer> {
    const answer = expectOk(
      await this.sendCheckin({ MessageType: "GetBootstrapToken" }),
      "GetBootstrapToken",
    );
    const token = bytesAt(readPlistDictionary(answer.body), "BootstrapToken");
    if (token === null) throw new DeviceError("status_unexpected", "GetBootstrapToken brought no token");
    return token;
  }

  /** Sends any check-in message; UDID is added. For messages without a verb of their own and for hostile input. */
  sendCheckin(message: Message): Promise<WireAnswer> {
    return this.#put("checkin", message);
  }

  /** Sends any report to the server URL; UDID is added. */
  sendReport(report: Message): Promise<WireAnswer> {
    return this.#put("connect", report);
  }

  /** Sends the last request once more, byte for byte. */
  replayLast(): Promise<WireAnswer> {
    if (this.client.lastRequest === null) throw new DeviceError("not_enrolled", "Nothing was sent yet");
    return this.client.sendRaw(this.client.lastRequest);
  }

  /** Sends any request as it is. */
  sendRaw(request: WireRequest): Promise<WireAnswer> {
    return this.client.sendRaw(request);
  }

  /** Swaps the identity, as a thief of another device's certificate would, or a device restored from a backup. */
  useIdentity(identity: Identity): void {
    this.state.enrollment = { ...this.#enrollment(), identity };
  }

  /** Wakes on pushes and polls, until the returned function is called. */
  listenForPushes(feed: PushFeed): () => void {
    this.#feed = feed;
    this.#subscribe();
    return () => {
      this.#feed = null;
      this.#subscribe();
    };
  }

  /** Resolves when everything begun so far, by pushes too, is done. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  /** Closes connections of its own and stops listening. */
  close(): void {
    this.#feed = null;
    this.#subscribe();
    this.client.close();
  }

  /** A device does one thing at a time; a push that comes during a poll is followed afterwards. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    // The caller sees the failure; the next in turn begins all the same.
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #enrollment(): Enrollment {
    if (this.state.enrollment === null) {
      throw new DeviceError("not_enrolled", `${this.facts.deviceName} is not enrolled`);
    }
    return this.state.enrollment;
  }

  async #download(url: string): Promise<ConfigurationProfile> {
    return openProfileAnswer(await this.#world.transport.send({ url, method: "GET" }), "Profile download");
  }

  #keysOf(bits: number): Promise<KeyPair> {
    return this.#world.keys.pick(this.facts.number + this.#keysTaken++, bits);
  }

  async #otaContext(): Promise<OtaContext> {
    const { deviceCa, keys, transport, now } = this.#world;
    return {
      facts: this.facts,
      transport,
      birthIdentity: deviceCa.issueDeviceIdentity(this.facts.udid, await keys.pick(this.facts.number)),
      keysOf: (bits) => this.#keysOf(bits),
      shape: signatureShapes.bareSha1, // What Macs send to this day, whatever they sign check-ins with.
      now,
    };
  }

  async #obtainIdentity(mdm: MdmSettings, renews?: Identity): Promise<Identity> {
    const keys = await this.#keysOf(mdm.scep.keyBits);
    return enrollWithScep(this.#world.transport, {
      settings: mdm.scep,
      keys,
      at: this.#world.now(),
      method: this.#options.scepMethod ?? null,
      ...(renews === undefined ? {} : { renews }),
    });
  }

  async #installMdmProfile(profile: ConfigurationProfile): Promise<void> {
    const settings = readMdmSettings(profile);
    if (settings === null) throw new DeviceError("profile_unusable", "Profile has no MDM payload");
    const identity = await this.#obtainIdentity(settings);
    await this.#join({ settings, identity, profileIdentifier: profile.identifier });
    this.state.profiles.set(profile.identifier, { profile, isManaged: true });
    this.state.certificates.push(...listCertificatePayloads(profile));
    await this.#escrowBootstrapToken(settings);
  }

  /** Authenticate and TokenUpdate with a new membership; when the server refuses, the old one stays. */
  async #join(enrollment: Enrollment): Promise<void> {
    const before = this.state.enrollment;
    this.state.enrollment = enrollment;
    try {
      expectOk(await this.authenticate(), "Authenticate");
      await this.#reportTokens();
    } catch (error) {
      this.state.enrollment = before;
      throw error;
    }
    this.state.leftBecause = null;
  }

  async #reportTokens(): Promise<void> {
    const { settings } = this.#enrollment();
    const label = `push/${this.#tokensTaken++}`;
    const isPhoneOrPad = this.facts.model === "iPhone" || this.facts.model === "iPad";
    this.state.unlockToken = isPhoneOrPad ? this.facts.bytes("unlock", 128) : null;
    this.state.push = makePushTarget(this.facts, label);
    await this.#sendTokens(this.state.push, "device");
    if (this.facts.user !== null && settings.capabilities.includes("com.apple.mdm.per-user-connections")) {
      // The token is the user's own, the magic that of the device (spec 6.1).
      const { token } = makePushTarget(this.facts, `${label}/user`);
      this.state.userPush = { token, magic: this.state.push.magic };
      await this.#sendTokens(this.state.userPush, "user");
    }
    this.#subscribe();
  }

  async #sendTokens(push: PushTarget, channel: Channel): Promise<void> {
    const message = tokenUpdateMessage(this.facts, {
      topic: this.#enrollment().settings.topic,
      push,
      unlockToken: channel === "device" ? this.state.unlockToken : null,
      isUserChannel: channel === "user",
    });
    expectOk(await this.sendCheckin(message), `TokenUpdate on the ${channel} channel`);
  }

  async #escrowBootstrapToken(settings: MdmSettings): Promise<void> {
    if (this.facts.model !== "Mac" || !settings.capabilities.includes("com.apple.mdm.bootstraptoken")) return;
    const token = this.facts.bytes("bootstrap", 32);
    const message = { MessageType: "SetBootstrapToken", BootstrapToken: token };
    expectOk(await this.sendCheckin(message), "SetBootstrapToken");
    this.state.bootstrapToken = token;
  }

  async #put(kind: "checkin" | "connect", message: Message): Promise<WireAnswer> {
    const { settings, identity } = this.#enrollment();
    const answer = await this.client.send({
      url: kind === "checkin" ? settings.checkInUrl : settings.serverUrl,
      kind,
      body: plistText({ UDID: this.facts.udid, ...message }),
      identity,
      signsMessages: settings.signsMessages,
    });
    if (isToldToUnenroll(answer, understandsUnrecognizedDevice(this.facts))) this.#leave("told_to_unenroll");
    return answer;
  }

  /** The MDM profile goes, and with it whatever the server installed. */
  #leave(reason: NonNullable<DeviceState["leftBecause"]>): void {
    for (const [identifier, { isManaged }] of this.state.profiles) {
      if (isManaged) this.state.profiles.delete(identifier);
    }
    this.state.enrollment = null;
    this.state.leftBecause = reason;
    this.state.push = null;
    this.state.userPush = null;
    this.state.bootstrapToken = null;
    this.#subscribe();
  }

  /** Waits for pushes to the present tokens, or to none. */
  #subscribe(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    const feed = this.#feed;
    const { push, userPush } = this.state;
    const subscribe = (target: PushTarget | null, channel: Channel): (() => void)[] =>
      target === null || feed === null
        ? []
        : [feed.onPush(target.token.toString("hex"), (notice) => this.#wake(notice, target, channel))];
    this.#subscriptions = [...subscribe(push, "device"), ...subscribe(userPush, "user")];
  }

  #wake(notice: PushNotice, target: PushTarget, channel: Channel): void {
    const topic = this.state.enrollment?.settings.topic;
    // A device ignores pushes that do not carry its magic (Apple, "Sending notifications to a device").
    if (notice.pushMagic !== target.magic || notice.topic !== topic) return;
    this.state.pushesReceived += 1;
    this.pollUntilIdle(channel).catch((error: unknown) => {
      const isSilent = error instanceof DeviceError && error.code === "device_unreachable";
      if (!isSilent) this.state.problems.push(error instanceof Error ? error : new Error(String(error)));
    });
  }

  async #poll(channel: Channel): Promise<SeenCommand[]> {
    if (!this.isReachable) {
      throw new DeviceError("device_unreachable", `${this.facts.deviceName} is locked, off or erased`);
    }
    const who = channel === "user" ? userMembers(this.facts) : {};
    const seen: SeenCommand[] = [];
    let answer = await this.#report({ ...who, Status: "Idle" });
    while (answer !== null && answer.body.length > 0 && !this.state.managed.isShutDown) {
      if (seen.length >= commandsPerPollMax) {
        throw new DeviceError("too_many_commands", `More than ${commandsPerPollMax} commands in one poll`);
      }
      const { command, report } = await this.#carryOut(answer.body, channel);
      seen.push(command);
      answer = await this.#report({ ...who, ...report });
      if (this.state.isErased) {
        this.#leave("erased");
        return seen;
      }
    }
    return seen;
  }

  /** Reports, and returns the answer to go on with: null when the server told the device to unenroll. */
  async #report(report: Message): Promise<WireAnswer | null> {
    const answer = await this.#put("connect", report);
    return this.isEnrolled ? expectOk(answer, "Connect") : null;
  }

  async #carryOut(body: Buffer, channel: Channel): Promise<{ command: SeenCommand; report: Message }> {
    const envelope = readPlistDictionary(body);
    const uuid = nonEmptyStringAt(envelope, "CommandUUID");
    const command = dictionaryAt(envelope, "Command");
    const requestType = command === null ? null : nonEmptyStringAt(command, "RequestType");
    if (uuid === null || command === null || requestType === null) {
      throw new DeviceError("status_unexpected", "The server sent no command");
    }
    const { facts, state } = this;
    const scripted = this.#scripts.get(requestType)?.shift();
    const context = { facts, state, command, channel, reenroll: this.#reenroll.bind(this) };
    const answer = scripted ?? (await answerCommand(requestType, context));
    const seen = { uuid, requestType, command, channel, status: answer.status };
    state.commands.push(seen);
    return { command: seen, report: { CommandUUID: uuid, Status: answer.status, ...reportMembers(answer) } };
  }

  /** The MDM payload of an enrolled device is replaced: same server and topic, new identity. */
  async #reenroll(profile: ConfigurationProfile, settings: MdmSettings): Promise<void> {
    const before = this.#enrollment();
    const isSame =
      settings.topic === before.settings.topic && settings.serverUrl === before.settings.serverUrl;
    if (!isSame) throw new DeviceError("profile_unusable", "MDM payload is of another server");
    const identity = await this.#obtainIdentity(settings);
    await this.#join({ settings, identity, profileIdentifier: profile.identifier });
    this.state.profiles.delete(before.profileIdentifier);
  }
}

function reportMembers(answer: CommandAnswer): Message {
  if (answer.status === "Acknowledged") return answer.fields;
  if (answer.status !== "Error") return {};
  return {
    ErrorChain: answer.errorChain.map(({ code, domain, text }) => ({
      ErrorCode: code,
      ErrorDomain: domain,
      LocalizedDescription: text,
      USEnglishDescription: text,
    })),
  };
}
