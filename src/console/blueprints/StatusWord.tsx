import { type Tone, StatusBadge } from "../ui/StatusBadge.tsx";
import { statusWords } from "../texts/artifacts.ts";

const tones: Readonly<Record<string, Tone>> = {
  Acknowledged: "good",
  Installed: "good",
  Uninstalled: "neutral",
  AwaitingConfirmation: "progress",
  Failed: "bad",
  RemovalFailed: "bad",
  ForceReinstall: "progress",
};

/** What became of an artifact on devices, in a word. */
export function StatusWord({ status }: { readonly status: string }) {
  return <StatusBadge tone={tones[status] ?? "neutral"}>{statusWords[status] ?? status}</StatusBadge>;
}
