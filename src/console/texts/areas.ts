/** The areas of the menu that need more words than its first ones. */
export const areaTexts = {
  commands: "Commands",
  settingsOfDevices: "Settings of devices",
  filevault: "FileVault",
  recoveryPasswords: "Recovery passwords",
  softwareUpdates: "Software updates",
  packages: "Packages",
  connections: "Connections",
  pushCertificates: "Push certificates",
  scepIssuers: "SCEP issuers",
  acmeIssuers: "ACME issuers",
  organization: "Organization",
  taxonomies: "Taxonomies",
  businessUnits: "Business units",
  users: "Accounts",
  roles: "Roles",
  schedules: "Schedules",
} as const;
