/** Tags, taxonomies and business units. */
export const tagTexts = {
  many: "Tags",
  one: "Tag",
  about:
    "Marks of devices: for whom something is, what a device is for. Blueprints and commands choose by them.",
  empty: "Make one for a pilot group, and let new settings begin there.",
  create: "Create tag",
  deletes: "Every device that has the tag loses it, and what was in or out of scope because of it changes.",
  color: "Colour",
  taxonomy: "Taxonomy",
  taxonomyHelp: "Of the tags of one taxonomy a device has at most one.",
  businessUnit: "Business unit",
  devices: "Devices",
  showDevices: "Show the devices that have it",
} as const;

export const taxonomyTexts = {
  many: "Taxonomies",
  one: "Taxonomy",
  about: "Groups of tags that exclude each other: departments, sites.",
  empty: "A taxonomy “Site” with a tag for each makes sure that a device is at one only.",
  create: "Create taxonomy",
  deletes: "Its tags stay, without a taxonomy.",
  tags: "Tags",
} as const;

export const businessUnitTexts = {
  many: "Business units",
  one: "Business unit",
  about: "To whom machines belong. Enrollments put devices into one.",
  empty: "One is enough for most organizations.",
  create: "Create business unit",
  deletes: "It is deleted only when no enrollment and no tag belongs to it.",
  isApi: "Other systems may enroll into it",
} as const;
