import { inSentence } from "../format/in-sentence.ts";

/** The words that lists, pages and forms of all resources share. */
export const resourceTexts = {
  name: "Name",
  created: "Created",
  changed: "Changed",
  search: (many: string) => `Search ${inSentence(many)}`,
  nothingFound: "Nothing here fits what you searched for.",
  none: (many: string) => `No ${inSentence(many)} yet`,
  overview: "Overview",
  activity: "Activity",
  editOne: (title: string) => `Edit ${title}`,
  createdOne: (title: string) => `${title} was created.`,
  savedOne: (title: string) => `${title} was saved.`,
  deletedOne: (title: string) => `${title} was deleted.`,
  deleteOne: (title: string) => `Delete ${title}?`,
  provisioned: "It comes from the server's configuration file; change it there.",
  linesHelp: "One a line.",
  presets: "Usual values",
  breadcrumb: "Where this page is",
  takeColor: "Take a colour from the screen",
  usedBy: "Used by",
  uses: {
    enrollments: "Enrollments",
    certificates: "Certificate artifacts",
    blueprints: "Blueprints",
    links: "Artifacts of blueprints",
    link: (artifact: string, blueprint: string) => `${artifact} in ${blueprint}`,
    updateRules: "Software update rules",
    tags: "Tags",
    accounts: "Accounts",
  },
  csv: "Download CSV",
  csvSaved: (count: number) => `${count.toLocaleString("en")} rows were downloaded.`,
  csvSavedSome: (count: number) =>
    `The first ${count.toLocaleString("en")} rows were downloaded; there are more. Narrow the list to get the others.`,
  filter: (column: string) => `${column}: all`,
  bulkTitle: (action: string, count: number) => `${action}: ${count.toLocaleString("en")} selected`,
  bulkPhrase: (action: string, count: number) => `${action.toLowerCase()} ${count}`,
  bulkMore: (count: number) => `and ${count.toLocaleString("en")} more`,
  bulkProgress: (count: number, all: number) =>
    `${count.toLocaleString("en")} of ${all.toLocaleString("en")}`,
  bulkOutcome: (done: number, failed: number) =>
    failed === 0
      ? `All ${done.toLocaleString("en")} are done.`
      : `Done: ${done.toLocaleString("en")}. Not done: ${failed.toLocaleString("en")}:`,
} as const;
