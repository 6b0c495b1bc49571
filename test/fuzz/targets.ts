/** The targets by name. Making one makes keys, so each is imported when it is asked for. */
import type { FuzzTarget } from "./target.ts";

const makers: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  plist: async () => (await import("./targets/plist.ts")).plistTarget,
  ber: async () => (await import("./targets/ber.ts")).berTarget,
  cms: async () => (await import("./targets/cms.ts")).cmsTarget,
  enveloped: async () => (await import("./targets/cms.ts")).envelopedTarget,
  scep: async () => (await import("./targets/scep.ts")).scepTarget,
  checkin: async () => (await import("./targets/device-messages.ts")).checkinTarget,
  connect: async () => (await import("./targets/device-messages.ts")).connectTarget,
  "status-report": async () => (await import("./targets/status-report.ts")).statusReportTarget,
  archives: async () => (await import("./targets/archives.ts")).archivesTarget,
  ota: async () => (await import("./targets/ota.ts")).otaTarget,
};

export const targetNames: readonly string[] = Object.keys(makers);

/** @throws {RangeError} When there is no target of this name. */
export function findTarget(name: string): Promise<FuzzTarget> {
  const make = makers[name];
  if (make === undefined)
    throw new RangeError(`There is no target "${name}"; there are ${targetNames.join(", ")}`);
  return make();
}
