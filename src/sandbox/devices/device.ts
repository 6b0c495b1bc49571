/**
 * A simulated Apple device. Its verbs are what people and devices do — enroll, poll, answer, lock, check out — and
 * its state is what became of it. It reads like Apple's documentation, because tests tell their stories with it.
 */
import { bytesAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import type { Identity } from "../crypto/certificate-writer.ts";
import { signatureShapes } from "../crypto/cms-writer.ts";
import type { SignatureShape } from "../crypto/cms-writer.ts";
import { authenticateMessage } from "./checkin-messages.ts";
import type { Message } from "./checkin-messages.ts";
import { pollCommands } from "./command-poll.ts";
import { openProfile } from "./configuration-profile.ts";
import type { ConfigurationProfile } from "./configuration-profile.ts";
import { send as sendDeclarative, syncDeclarations } from "./declaration-sync.ts";
import type { DeclarationReason } from "./declarative-state.ts";
import { DeviceError } from "./device-error.ts";
import type { DeviceFacts } from "./device-facts.ts";
import type { Supervision } from "./managed-state.ts";
import { newDeviceState } from "./device-state.ts";
import type { Channel, CommandAnswer, DeviceState, SeenCommand } from "./device-state.ts";
import { expectOk, MdmClient } from "./mdm-client.ts";
import type { IdentityProof } from "./mdm-client.ts";
import { Membership } from "./membership.ts";
import { beginOta, fetchMdmProfile, openProfileAnswer } from "./ota-enrollment.ts";
import type { OtaContext, OtaProgress } from "./ota-enrollment.ts";
import type { PushFeed } from "./push-feed.ts";
import { PushListener } from "./push-listener.ts";
import { ServerLine } from "./server-line.ts";
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

export class SimulatedDevice {
  readonly facts: DeviceFacts;
  readonly state: DeviceState;
  readonly client: MdmClient;
  readonly #world: SimulatedWorld;
  readonly #line: ServerLine;
  readonly #membership: Membership;
  readonly #pushes: PushListener;
  readonly #scripts = new Map<string, CommandAnswer[]>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(world: SimulatedWorld, facts: DeviceFacts, options: DeviceOptions = {}) {
    this.facts = facts;
    this.state = newDeviceState(facts, options.supervision);
    this.#world = world;
    const shapes = [signatureShapes.bareSha256, signatureShapes.bareSha1, signatureShapes.attributesSha256];
    this.client = new MdmClient({
      transport: world.transport,
      ...(world.trustedCaPem === null ? {} : { trustedCaPem: world.trustedCaPem }),
      shape: options.shape ?? shapes[facts.number % shapes.length] ?? signatureShapes.bareSha256,
      proof: options.proof ?? "as_profile_says",
      now: world.now,
    });
    this.#pushes = new PushListener(this.state, (channel) => this.pollUntilIdle(channel));
    const pushTargetsChanged = (): void => this.#pushes.subscribe();
    this.#line = new ServerLine({ facts, state: this.state, client: this.client, pushTargetsChanged });
    this.#membership = new Membership(world, this.#line, {
      scepMethod: options.scepMethod ?? null,
      authenticate: () => this.authenticate(),
      sendCheckin: (message) => this.sendCheckin(message),
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
    return this.#line.enrollment().identity;
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
      await this.#membership.install(isOta ? await this.#fetchMdmProfile(opened) : opened);
    });
  }

  /** The first half of an OTA enrollment, for tests of what may happen between the phases. */
  async beginOta(profile: Buffer): Promise<{ readonly context: OtaContext; readonly progress: OtaProgress }> {
    const context = await this.#membership.otaContext();
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

  /** From now on declarations whose identifier contains a text are found invalid, `times` times. */
  failDeclarations(
    identifierPart: string,
    reasons: readonly DeclarationReason[],
    { times = 1, channel = "device" }: { readonly times?: number; readonly channel?: Channel } = {},
  ): void {
    this.state.declarative[channel].faults.push({ identifierPart, reasons, timesLeft: times });
  }

  /** Asks by itself whether the declarations of a channel changed, as devices do now and then. */
  syncDeclarations(channel: Channel = "device"): Promise<void> {
    const sync = { line: this.#line, channel, transport: this.#world.transport };
    return this.#inTurn(() => syncDeclarations(sync));
  }

  /** Sends one DeclarativeManagement message as it is, for hostile input. */
  sendDeclarative(endpoint: string, data?: unknown, channel: Channel = "device"): Promise<WireAnswer> {
    const sync = { line: this.#line, channel, transport: this.#world.transport };
    return sendDeclarative(sync, endpoint, data);
  }

  /** The person removes the MDM profile. */
  checkOut(): Promise<void> {
    return this.#inTurn(() => this.#line.checkOut());
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
    return this.#inTurn(() => this.#membership.renewIdentity());
  }

  /** Receives new push tokens, as after a restore, and reports them. */
  updateTokens(): Promise<void> {
    return this.#inTurn(() => this.#membership.reportTokens());
  }

  /** Sends Authenticate alone, as a device that lost its answer does again. */
  authenticate(): Promise<WireAnswer> {
    return this.sendCheckin(authenticateMessage(this.facts, this.#line.enrollment().settings.topic));
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
    return this.#line.put("checkin", message);
  }

  /** Sends any report to the server URL; UDID is added. */
  sendReport(report: Message): Promise<WireAnswer> {
    return this.#line.put("connect", report);
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
    this.state.enrollment = { ...this.#line.enrollment(), identity };
  }

  /** Wakes on pushes and polls, until the returned function is called. */
  listenForPushes(feed: PushFeed): () => void {
    this.#pushes.listen(feed);
    return () => this.#pushes.listen(null);
  }

  /** Resolves when everything begun so far, by pushes too, is done. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  /** Closes connections of its own and stops listening. */
  close(): void {
    this.#pushes.listen(null);
    this.client.close();
  }

  /** A device does one thing at a time; a push that comes during a poll is followed afterwards. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    // The caller sees the failure; the next in turn begins all the same.
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #download(url: string): Promise<ConfigurationProfile> {
    return openProfileAnswer(await this.#world.transport.send({ url, method: "GET" }), "Profile download");
  }

  async #fetchMdmProfile(service: ConfigurationProfile): Promise<ConfigurationProfile> {
    return fetchMdmProfile(await this.#membership.otaContext(), service);
  }

  async #poll(channel: Channel): Promise<SeenCommand[]> {
    if (!this.isReachable) {
      throw new DeviceError("device_unreachable", `${this.facts.deviceName} is locked, off or erased`);
    }
    return pollCommands({
      line: this.#line,
      channel,
      takeScripted: (requestType) => this.#scripts.get(requestType)?.shift(),
      reenroll: (profile, settings) => this.#membership.replace(profile, settings),
      transport: this.#world.transport,
    });
  }
}
