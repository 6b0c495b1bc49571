/** English texts of saved views. */
export const savedViewTexts = {
  views: "Views",
  none: "Save the filters and columns you often need.",
  save: "Save this view",
  name: "Name",
  share: "Everybody may use it",
  saved: (name: string) => `The view “${name}” was saved.`,
  deleted: (name: string) => `The view “${name}” was deleted.`,
  remove: (name: string) => `Delete the view ${name}`,
  by: (owner: string) => `by ${owner}`,
} as const;
