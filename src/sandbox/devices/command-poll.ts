/** One poll of a device: Idle, then a report for every command the server hands out, until there is none. */
import { dictionaryAt, nonEmptyStringAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { userMembers } from "./checkin-messages.ts";
import type { Message } from "./checkin-messages.ts";
import { answerCommand } from "./command-answers.ts";
import type { CommandContext } from "./command-answers.ts";
import { syncDeclarations } from "./declaration-sync.ts";
import { DeviceError } from "./device-error.ts";
import type { Channel, CommandAnswer, SeenCommand } from "./device-state.ts";
import { expectOk } from "./mdm-client.ts";
import type { ServerLine } from "./server-line.ts";
import type { Transport, WireAnswer } from "./transport.ts";

/** A device that goes on being given commands for longer than this is in a loop. */
export const commandsPerPollMax = 200;

export type CommandPoll = {
  readonly line: ServerLine;
  readonly channel: Channel;
  /** The answer a test has written for the next command of a type; undefined when the device decides. */
  readonly takeScripted: (requestType: string) => CommandAnswer | undefined;
  readonly reenroll: CommandContext["reenroll"];
  readonly transport: Transport;
};

/** Connects, carries out every command there is, and returns them. */
export async function pollCommands(poll: CommandPoll): Promise<SeenCommand[]> {
  const { line, channel, transport } = poll;
  const { facts, state } = line;
  const who = channel === "user" ? userMembers(facts) : {};
  const seen: SeenCommand[] = [];
  let answer = await report(line, { ...who, Status: "Idle" });
  while (answer !== null && answer.body.length > 0 && !state.managed.isShutDown) {
    if (seen.length >= commandsPerPollMax) {
      throw new DeviceError("too_many_commands", `More than ${commandsPerPollMax} commands in one poll`);
    }
    const { command, members } = await carryOut(poll, answer.body);
    seen.push(command);
    answer = await report(line, { ...who, ...members });
    if (state.isErased) {
      line.leave("erased");
      return seen;
    }
    if (state.isLeaving) {
      await line.checkOut();
      return seen;
    }
  }
  if (state.declarative[channel].isSyncDue && state.enrollment !== null) {
    await syncDeclarations({ line, channel, transport });
  }
  return seen;
}

/** Reports, and returns the answer to go on with: null when the server told the device to unenroll. */
async function report(line: ServerLine, members: Message): Promise<WireAnswer | null> {
  const answer = await line.put("connect", members);
  return line.state.enrollment === null ? null : expectOk(answer, "Connect");
}

async function carryOut(
  { line, channel, takeScripted, reenroll, transport }: CommandPoll,
  body: Buffer,
): Promise<{ readonly command: SeenCommand; readonly members: Message }> {
  const envelope = readPlistDictionary(body);
  const uuid = nonEmptyStringAt(envelope, "CommandUUID");
  const command = dictionaryAt(envelope, "Command");
  const requestType = command === null ? null : nonEmptyStringAt(command, "RequestType");
  if (uuid === null || command === null || requestType === null) {
    throw new DeviceError("status_unexpected", "The server sent no command");
  }
  const { facts, state } = line;
  const context = { facts, state, command, channel, reenroll, transport };
  const answer = takeScripted(requestType) ?? (await answerCommand(requestType, context));
  const seen = { uuid, requestType, command, channel, status: answer.status };
  state.commands.push(seen);
  return { command: seen, members: { CommandUUID: uuid, Status: answer.status, ...reportMembers(answer) } };
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
