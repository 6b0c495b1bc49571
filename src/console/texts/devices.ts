/** English texts of the device pages. */
const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export const deviceTexts = {
  states: {
    enrolled: "Enrolled",
    pending: "Pending",
    silent: "Silent",
    blocked: "Blocked",
    checked_out: "Left management",
  },
  problems: {
    blocked: "Blocked: it is told to leave management and may not come back.",
    checkedOut: "It left management. Only a new enrollment brings it back.",
    pending: "It was enrolled but has never asked for commands.",
    pushRejected: (reason: string | null) =>
      `Apple rejects its push token${reason === null ? "" : ` (${reason})`}: it cannot be woken until it sends a new one.`,
    failedArtifacts: (count: number) => `${plural(count, "artifact")} failed.`,
    parkedCommands: (count: number) =>
      `${plural(count, "command")} could not be delivered and waits for a person.`,
    silent: (days: number) => `No word for more than ${days} days.`,
    certificateExpires: "Its certificate expires within 14 days and was not renewed yet.",
    awaiting: "It waits in Setup Assistant for its configuration.",
    noBlueprint: "It has no blueprint: nothing is installed and its inventory is not kept up to date.",
    none: "Nothing is wrong.",
  },
  next: {
    command: (name: string, state: string) =>
      state === "sent"
        ? `Waits for the answer to ${name}`
        : state === "not_now"
          ? `${name}: the device was busy, asked again later`
          : `${name} at the next contact`,
    artifact: (name: string) => `“${name}” at the next contact`,
    nothing: "Nothing is waiting",
  },
  summary: {
    who: "Who",
    what: "What",
    lastContact: "Last contact",
    next: "Next",
    wrong: "What is wrong",
    blueprint: "Blueprint",
    noBlueprint: "No blueprint",
    tags: "Tags",
    nobody: "Nobody known",
    enrolled: "Enrolled",
    address: "Address",
    lastPush: "Last push",
    supervised: "Supervised",
    declarative: "Declarative management",
    enrollment: "Enrollment",
    certificate: "Certificate until",
    udid: "UDID",
    serial: "Serial number",
    system: "System",
    model: "Model",
    filevault: "FileVault",
    activationLock: "Activation Lock can be managed",
    bootstrapToken: "Bootstrap token",
    moreFacts: "More about this device",
  },
  enrollmentKinds: {
    automated: "Automated",
    user: "By its user",
    approved: "User-approved",
    device: "Device",
  },
  tabs: {
    artifacts: "Artifacts",
    applications: "Apps",
    profiles: "Profiles",
    certificates: "Certificates",
    commands: "Commands",
    activity: "Activity",
    secrets: "Secrets",
    status: "Status items",
  },
  artifactStates: {
    current: "As it should be",
    to_install: "To be installed",
    to_update: "To be updated",
    to_reinstall: "To be installed again",
    to_remove: "To be removed",
    waiting: "Waiting",
    failed: "Failed",
    excluded: "Not for this device",
    blocked: "Held back",
    removed: "Removed",
    kept: "Kept",
  },
  commandStates: {
    queued: "Queued",
    sent: "Sent",
    not_now: "Device busy",
    parked: "Stuck",
    answered: "Answered",
    expired: "Expired",
    superseded: "Replaced",
    cancelled: "Cancelled",
  },
  retry: "Try again",
  retryDone: (name: string) => `“${name}” is tried again.`,
  queued: (label: string) => `${label}: queued. The device is woken now.`,
} as const;
