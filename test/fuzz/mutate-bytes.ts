/** Changes that know nothing of what the bytes mean. */
import type { MutationContext, Mutator } from "./target.ts";

const boundaries = [0, 1, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff, 0x20, 0x30];

/** Where something is replaced: offset and length, both inside the input. */
function cut(input: Buffer, { random }: MutationContext, lengthMax = 16): [Buffer, Buffer, Buffer] {
  const at = random.below(input.length + 1);
  const length = Math.min(random.below(lengthMax + 1), input.length - at);
  return [input.subarray(0, at), input.subarray(at, at + length), input.subarray(at + length)];
}

function changeByte(input: Buffer, { random }: MutationContext): Buffer {
  const copy = Buffer.from(input);
  if (copy.length === 0) return copy;
  const at = random.below(copy.length);
  const old = copy[at] ?? 0;
  const changes = [
    old ^ (1 << random.below(8)),
    random.pick(boundaries),
    random.below(256),
    old + 1,
    old - 1,
  ];
  copy[at] = random.pick(changes) & 0xff;
  return copy;
}

function replacePart(input: Buffer, context: MutationContext): Buffer {
  const [before, , after] = cut(input, context);
  const [, taken] = cut(context.other, context, 64);
  return Buffer.concat([before, taken, after]);
}

function repeatPart(input: Buffer, context: MutationContext): Buffer {
  const [before, part, after] = cut(input, context, 64);
  const times = 1 + context.random.below(context.random.pick([2, 4, 40]));
  return Buffer.concat([before, ...Array<Buffer>(times).fill(part), after]);
}

function insertWord(input: Buffer, context: MutationContext): Buffer {
  const [before, , after] = cut(input, context, context.random.pick([0, 0, 8]));
  return Buffer.concat([before, Buffer.from(context.random.pick([...context.words, ""])), after]);
}

/** Numbers stand in texts, too: an integer, a character reference, a length. */
function changeDigits(input: Buffer, { random }: MutationContext): Buffer {
  const text = input.toString("latin1");
  const numbers = [...text.matchAll(/\d+/g)];
  if (numbers.length === 0) return input;
  const { 0: number, index } = random.pick(numbers);
  const values = ["0", "-1", "1114112", "55296", "4294967296", "9223372036854775808", "1e999", "00", ""];
  const changed = text.slice(0, index) + random.pick(values) + text.slice(index + number.length);
  return Buffer.from(changed, "latin1");
}

export const byteMutators: readonly Mutator[] = [
  changeByte,
  changeByte,
  replacePart,
  repeatPart,
  insertWord,
  changeDigits,
  (input, context) => input.subarray(0, context.random.below(input.length + 1)),
  (input, context) => {
    const [before, , after] = cut(input, context, context.random.pick([1, 4, 64]));
    return Buffer.concat([before, after]);
  },
];
