/** The way from an empty server to the first managed device, step by step, and what keeps a step from being done. */

/** In the order they are taken. */
export const setupKeys = ["base_url", "push_certificate", "blueprint", "enrollment", "device"] as const;

export const setupProblems = [
  "missing",
  "not_https",
  "without_certificate",
  "expired",
  "ended",
  "not_enrolled",
] as const;

export type SetupStep = {
  readonly key: (typeof setupKeys)[number];
  /** Null when the step is done. */
  readonly problem: (typeof setupProblems)[number] | null;
  /** The object to look at: the one that does, or the one that does not yet. */
  readonly objectId: number | null;
};

/** What there is, with the best object of each kind: one that works, else the newest. */
export type SetupFacts = {
  readonly pushCertificateId: number | null;
  readonly pushCertificateEnd: Date | null;
  readonly blueprintId: number | null;
  readonly enrollmentId: number | null;
  readonly isEnrollmentOpen: boolean | null;
  readonly deviceId: number | null;
  readonly isDeviceEnrolled: boolean | null;
};

/** Says of each step whether it is done. */
export function judgeSetup(facts: SetupFacts, { baseUrl, at }: { baseUrl: URL; at: Date }): SetupStep[] {
  return [
    { key: "base_url", problem: baseUrl.protocol === "https:" ? null : "not_https", objectId: null },
    {
      key: "push_certificate",
      problem: pushCertificateProblem(facts, at),
      objectId: facts.pushCertificateId,
    },
    {
      key: "blueprint",
      problem: facts.blueprintId === null ? "missing" : null,
      objectId: facts.blueprintId,
    },
    {
      key: "enrollment",
      problem: found(facts.enrollmentId) ?? (facts.isEnrollmentOpen === true ? null : "ended"),
      objectId: facts.enrollmentId,
    },
    {
      key: "device",
      problem: found(facts.deviceId) ?? (facts.isDeviceEnrolled === true ? null : "not_enrolled"),
      objectId: facts.deviceId,
    },
  ];
}

function found(id: number | null): "missing" | null {
  return id === null ? "missing" : null;
}

function pushCertificateProblem(facts: SetupFacts, at: Date): SetupStep["problem"] {
  if (facts.pushCertificateId === null) return "missing";
  if (facts.pushCertificateEnd === null) return "without_certificate";
  return facts.pushCertificateEnd <= at ? "expired" : null;
}
