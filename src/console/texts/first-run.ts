/** English texts of the first steps. */
export const firstRunTexts = {
  title: "First steps",
  description: "From an empty server to the first managed device. The list follows what happens.",
  done: "Done",
  next: "Next",
  later: "Later",
  progress: (done: number, all: number) => `${done} of ${all} steps are done.`,
  complete: "This server manages devices.",
  steps: {
    base_url: {
      title: "Devices reach this server",
      about: "Devices are given this address when they enroll, and never ask for another.",
    },
    push_certificate: {
      title: "A push certificate of Apple's",
      about:
        "Apple wakes devices for whoever has one. It is free, and is renewed every year with the same Apple account.",
    },
    blueprint: {
      title: "A blueprint",
      about: "What devices of one kind get: settings, apps, inventory. The first may be empty.",
    },
    enrollment: {
      title: "An enrollment",
      about: "How devices come in: a profile that they download, with a secret that you can take back.",
    },
    device: {
      title: "The first device",
      about:
        "Scan the code with an iPhone or iPad, or open the link in Safari on a Mac, and install the profile in Settings.",
    },
  },
  problems: {
    missing: "There is none yet.",
    not_https:
      "The address is not https: devices refuse to enroll. Set POMONA_BASE_URL, and POMONA_TLS_CERT or a proxy that speaks TLS.",
    without_certificate: "It waits for the certificate that Apple makes of its request.",
    expired: "It has ended: renew it with the same Apple account.",
    ended: "The one there is was revoked or is used up.",
    not_enrolled: "One has begun, and is not enrolled to the end.",
  },
  test: "Test it",
  reasons: {
    reached: "The server answers at this address.",
    no_answer: "No answer came in time. Is the address right, and the port open?",
    unreachable: "The address does not lead here.",
    accepted: "Apple takes pushes with this certificate.",
    no_certificate: "There is no certificate yet.",
    expired: "The certificate has ended.",
    unusable: "Certificate and key do not fit together.",
  },
  otherReason: (reason: string) => `It does not work: ${reason}.`,
  openPush: "Push certificates",
  beginPush: "Download the request for Apple",
  pushName: "Push certificate",
  openBlueprints: "Blueprints",
  openEnrollments: "Enrollments",
  openDevices: "Devices",
  createBlueprint: "Make a first blueprint",
  blueprintName: "First blueprint",
  createEnrollment: "Make a test enrollment",
  enrollmentName: "Test enrollment",
  unitName: "Default",
  quotaHelp: (quota: number) => `It lets in ${quota} devices, and can be revoked at any time.`,
  needsPush: "An enrollment needs a push certificate first.",
  link: "Link of the enrollment",
  code: "Code of the enrollment link",
  noIssuer: "There is no issuer of certificates yet.",
  secretHint: "Whoever has the link can enroll a device. Revoke the enrollment when you no longer need it.",
} as const;
