/** Changes of JSON: one value is replaced, doubled, renamed or taken out, and the whole is written again. */
import type { MutationContext } from "./target.ts";

type Container = unknown[] | Record<string, unknown>;
/** Above this, what a change makes of a document would mostly be the cost of making it. */
const valuesMax = 4_000;

/** Changes one value of a document; null for what is no JSON. */
export function mutateJson(input: Buffer, context: MutationContext): Buffer | null {
  const root = parseOrNull(input);
  const places = listPlaces(root);
  if (places.length === 0 || places.length > valuesMax) return null;
  const { container, key } = context.random.pick(places);
  if (Array.isArray(container)) changeItem(container, Number(key), context);
  else changeMember(container, key, context);
  try {
    return Buffer.from(JSON.stringify(root));
  } catch {
    // Too deep to be written: other changes make depth as text.
    return null;
  }
}

type Place = { readonly container: Container; readonly key: string };

function listPlaces(root: unknown): Place[] {
  const places: Place[] = [];
  const open = [root];
  while (open.length > 0 && places.length <= valuesMax) {
    const container = open.pop();
    if (!isContainer(container)) continue;
    for (const [key, value] of Object.entries(container)) {
      places.push({ container, key });
      open.push(value);
    }
  }
  return places;
}

function changeItem(list: unknown[], index: number, context: MutationContext): void {
  const item = list[index];
  const changes: (() => void)[] = [
    () => void list.splice(index, 1),
    () => void list.splice(index, 0, item),
    () => void list.splice(index, 1, makeValue(context)),
    () => void list.push(...Array<unknown>(context.random.below(200)).fill(item)),
  ];
  context.random.pick(changes)();
}

function changeMember(object: Record<string, unknown>, key: string, context: MutationContext): void {
  const { random, words } = context;
  const value = object[key];
  const changes: (() => void)[] = [
    () => void delete object[key],
    () => define(object, key, makeValue(context)),
    () => define(object, random.pick(words), value),
    () => define(object, `${key}${random.pick(["\0", "\ud800", ".x", key.repeat(100)])}`, value),
    () => define(object, key, [value]),
  ];
  random.pick(changes)();
}

/** Also for `__proto__`, which an assignment would not add. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function makeValue({ random, words, other }: MutationContext): unknown {
  const foreign = listPlaces(parseOrNull(other));
  const values: (() => unknown)[] = [
    () => random.pick([null, true, false, 0, -1, 1.5, 1e300, "", "\0", "\udc00", [], {}]),
    () => random.pick(words),
    () => random.pick(words).repeat(1 + random.below(100)),
    () => {
      if (foreign.length === 0) return [];
      const { container, key } = random.pick(foreign);
      return (container as Readonly<Record<string, unknown>>)[key];
    },
  ];
  return random.pick(values)();
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function parseOrNull(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString("utf8"));
  } catch {
    // Not every input is JSON; bytes have changes of their own.
    return null;
  }
}
