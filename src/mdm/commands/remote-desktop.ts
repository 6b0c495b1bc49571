/** EnableRemoteDesktop, DisableRemoteDesktop: who may see a Mac's screen. Land in `device_outcomes`. */
import type { CommandKind } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const enableRemoteDesktop: CommandKind = {
  ...operatorCommand,
  name: "EnableRemoteDesktop",
  command: () => ({ RequestType: "EnableRemoteDesktop" }),
  acknowledged: () => [{ kind: "recordOutcome", name: "remote_desktop", detail: { enabled: true } }],
};

export const disableRemoteDesktop: CommandKind = {
  ...operatorCommand,
  name: "DisableRemoteDesktop",
  command: () => ({ RequestType: "DisableRemoteDesktop" }),
  acknowledged: () => [{ kind: "recordOutcome", name: "remote_desktop", detail: { enabled: false } }],
};
