/** What a form made from Apple's tables holds: the members of one dictionary. */
export type FormValue = Readonly<Record<string, unknown>>;
