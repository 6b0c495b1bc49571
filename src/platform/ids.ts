/** Branded ids: an id of one kind cannot be passed where another is meant. */

declare const kind: unique symbol;

/** An integer primary key of the kind, as the API shows it. */
export type Id<Kind extends string> = number & { readonly [kind]: Kind };

/** A lower-case hyphenated UUID key of the kind. */
export type Uuid<Kind extends string> = string & { readonly [kind]: Kind };

/** Marks a number that comes from our own database or a checked path as an id of the kind. */
export function asId<Kind extends string>(value: number): Id<Kind> {
  return value as Id<Kind>;
}

/** Marks a string that comes from our own database or a checked path as a UUID of the kind. */
export function asUuid<Kind extends string>(value: string): Uuid<Kind> {
  return value as Uuid<Kind>;
}
