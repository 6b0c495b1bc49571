// Finds the name a misspelt one was meant to be, for the reason of a refusal.

/** Names that are longer are not compared: no name of the schema is. */
const comparedCharactersMax = 64;

/** The candidate with the fewest changed letters, case not counted, or null when none is near. */
export function findClosest(name: string, candidates: readonly string[]): string | null {
  if (name.length === 0 || name.length > comparedCharactersMax) return null;
  const distanceMax = Math.max(1, Math.floor(name.length / 3));
  let closest: string | null = null;
  let distanceMin = distanceMax + 1;
  for (const candidate of candidates) {
    // As many letters are inserted or removed at least.
    if (Math.abs(candidate.length - name.length) >= distanceMin) continue;
    const distance = countChanges(name.toLowerCase(), candidate.toLowerCase());
    if (distance < distanceMin) [closest, distanceMin] = [candidate, distance];
  }
  return closest;
}

/** Levenshtein distance: letters inserted, removed or replaced. */
function countChanges(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of a.split("").entries()) {
    const current = [row + 1];
    for (const [column, other] of b.split("").entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
