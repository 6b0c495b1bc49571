/** DeviceLock: locks a device. Lands in `devices`: the PIN sealed, `locked_at`, `lock_message_result`. */
import { Type } from "typebox";
import { textAt } from "#protocol/mdm/text.ts";
import { Secret } from "#platform/secret.ts";
import { type CommandKind, commandPriorities, type Effect, textArgument } from "./command.ts";

const pinDigits = 6;
const texts = {
  Message: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  PhoneNumber: Type.Optional(Type.String({ minLength: 1, maxLength: 15 })),
};
const plainArguments = Type.Object(texts);
// Exactly six: the reference searches for six and so takes seven (http-api section 7, "improve").
const macArguments = Type.Object({ ...texts, PIN: Type.String({ minLength: 1, pattern: "^[0-9]{6}$" }) });

export const deviceLock: CommandKind = {
  name: "DeviceLock",
  priority: commandPriorities.emergency,
  reschedulesNotNow: true,
  storesResult: false,
  publicArguments: ["Message", "PhoneNumber"],
  secretArguments: ["PIN"],
  argumentsFor: ({ device }) => (device.platform === "macOS" ? macArguments : plainArguments),
  generateFor: ({ device }, randomBelow) =>
    device.platform === "macOS" ? { PIN: String(randomBelow(10 ** pinDigits)).padStart(pinDigits, "0") } : {},
  command: (_, args) => ({
    RequestType: "DeviceLock",
    Message: textArgument(args, "Message"),
    PhoneNumber: textArgument(args, "PhoneNumber"),
    PIN: textArgument(args, "PIN"),
  }),
  acknowledged: (_, args, answer) => {
    const pin = textArgument(args, "PIN");
    const effects: Effect[] = [{ kind: "recordLock", messageResult: textAt(answer, "MessageResult") }];
    if (pin !== undefined) effects.push({ kind: "storeDeviceLockPin", pin: new Secret(pin) });
    return effects;
  },
};
