/** Artifacts and their versions. */
export const statusWords: Readonly<Record<string, string>> = {
  Acknowledged: "taken",
  Installed: "installed",
  Uninstalled: "removed",
  AwaitingConfirmation: "waits for a person",
  Failed: "failed",
  RemovalFailed: "could not be removed",
  ForceReinstall: "to be installed again",
};
