/** A device's line to the server that manages it: what goes out under its present identity, and being told to leave. */
import type { MdmClient } from "./mdm-client.ts";
import type { Message } from "./checkin-messages.ts";
import { DeviceError } from "./device-error.ts";
import { understandsUnrecognizedDevice } from "./device-facts.ts";
import type { DeviceFacts } from "./device-facts.ts";
import type { DeviceState, Enrollment } from "./device-state.ts";
import { expectOk, isToldToUnenroll } from "./mdm-client.ts";
import { plistText } from "./plist-text.ts";
import type { WireAnswer } from "./transport.ts";

export type LineOptions = {
  readonly facts: DeviceFacts;
  readonly state: DeviceState;
  readonly client: MdmClient;
  /** Told whenever the device has other push tokens, or none, than before. */
  readonly pushTargetsChanged: () => void;
};

export class ServerLine {
  readonly facts: DeviceFacts;
  readonly state: DeviceState;
  readonly #client: MdmClient;
  readonly pushTargetsChanged: () => void;

  constructor({ facts, state, client, pushTargetsChanged }: LineOptions) {
    this.facts = facts;
    this.state = state;
    this.#client = client;
    this.pushTargetsChanged = pushTargetsChanged;
  }

  /** The membership the device speaks under. @throws {DeviceError} `not_enrolled`. */
  enrollment(): Enrollment {
    if (this.state.enrollment === null) {
      throw new DeviceError("not_enrolled", `${this.facts.deviceName} is not enrolled`);
    }
    return this.state.enrollment;
  }

  /** Sends one message; UDID is added. A device that the answer tells to unenroll does so. */
  async put(kind: "checkin" | "connect", message: Message): Promise<WireAnswer> {
    const { settings, identity } = this.enrollment();
    const answer = await this.#client.send({
      url: kind === "checkin" ? settings.checkInUrl : settings.serverUrl,
      kind,
      body: plistText({ UDID: this.facts.udid, ...message }),
      identity,
      signsMessages: settings.signsMessages,
    });
    if (isToldToUnenroll(answer, understandsUnrecognizedDevice(this.facts))) this.leave("told_to_unenroll");
    return answer;
  }

  /** Leaves because the MDM profile was removed, by the person or by the server, and says so if it is to. */
  async checkOut(): Promise<void> {
    const { settings } = this.enrollment();
    if (settings.checksOutWhenRemoved) {
      expectOk(await this.put("checkin", { MessageType: "CheckOut", Topic: settings.topic }), "CheckOut");
    }
    this.leave("checked_out");
  }

  /** The MDM profile goes, and with it whatever the server installed. */
  leave(reason: NonNullable<DeviceState["leftBecause"]>): void {
    const { state } = this;
    for (const [identifier, { isManaged }] of state.profiles) {
      if (isManaged) state.profiles.delete(identifier);
    }
    state.enrollment = null;
    state.isLeaving = false;
    state.leftBecause = reason;
    state.push = null;
    state.userPush = null;
    state.bootstrapToken = null;
    for (const declared of Object.values(state.declarative)) {
      declared.declarations.clear();
      declared.token = null;
      declared.lastReported = null;
    }
    this.pushTargetsChanged();
  }
}
