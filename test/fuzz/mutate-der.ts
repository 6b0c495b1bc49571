/**
 * Changes of ASN.1: elements are taken out, doubled, exchanged, relabelled and wrapped, and every length around them is
 * written anew. The reader is the fuzzer's own, so that it understands what the decoder should not.
 */
import type { MutationContext } from "./target.ts";

type Node = { tag: number; content: Buffer | Node[]; isIndefinite: boolean };

const depthMax = 40;
const nodesMax = 3_000;

/** Changes one element of an input that is BER; null when it is not. */
export function mutateDer(input: Buffer, context: MutationContext): Buffer | null {
  const budget = { left: nodesMax };
  const roots = readAll(input, 0, budget);
  if (roots === null || roots.length === 0) return null;
  const lists = listsOf(roots);
  const list = context.random.pick(lists);
  changeList(list, context, listsOf(readAll(context.other, 0, budget) ?? []));
  return writeAll(roots);
}

/** Every list of siblings that is not empty, the roots first. */
function listsOf(nodes: Node[]): Node[][] {
  const inner = nodes.flatMap(({ content }) => (Array.isArray(content) ? listsOf(content) : []));
  return nodes.length === 0 ? inner : [nodes, ...inner];
}

const tags = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x1e, 0x24, 0x30, 0x31, 0x80, 0xa0, 0xa1];

function changeList(list: Node[], { random, words }: MutationContext, others: Node[][]): void {
  const at = random.below(list.length);
  const node = list[at];
  if (node === undefined) return;
  const foreign = others.length === 0 ? node : random.pick(random.pick(others));
  const changes: (() => void)[] = [
    () => list.splice(at, 1),
    () => list.splice(at, 0, ...Array<Node>(1 + random.below(random.pick([1, 4, 40]))).fill(node)),
    () => list.reverse(),
    () => list.splice(at, 1, foreign),
    () => list.splice(at, 0, foreign),
    () => void (node.tag = random.pick(tags)),
    () => void (node.tag ^= random.pick([0x20, 0x80, 1, 2])),
    () => void (node.isIndefinite = !node.isIndefinite),
    () =>
      list.splice(at, 1, {
        tag: random.pick([0x30, 0x31, 0x24, 0xa0]),
        content: [node],
        isIndefinite: false,
      }),
    () => void (node.content = Buffer.alloc(0)),
    () => void (node.content = changeContent(writeContent(node), random)),
    () => void (node.content = Buffer.from(random.pick([...words, ""]))),
  ];
  random.pick(changes)();
}

function changeContent(content: Buffer, random: MutationContext["random"]): Buffer {
  const at = random.below(content.length);
  const byte = Buffer.from([random.pick([0, 0x80, 0xff, random.below(256)])]);
  return random.pick([
    () => Buffer.concat([content, byte]),
    () => content.subarray(0, at),
    () => content.subarray(at),
    () => Buffer.concat([content.subarray(0, at), byte, content.subarray(at + 1)]),
  ])();
}

function readAll(bytes: Buffer, depth: number, budget: { left: number }): Node[] | null {
  const nodes: Node[] = [];
  let at = 0;
  while (at < bytes.length) {
    const found = readNode(bytes.subarray(at), depth, budget);
    if (found === null) return null;
    nodes.push(found.node);
    at += found.size;
  }
  return nodes;
}

type Found = { readonly node: Node; readonly size: number };

function readNode(bytes: Buffer, depth: number, budget: { left: number }): Found | null {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || depth > depthMax || --budget.left < 0) return null;
  if (first === 0x80) return readIndefinite(bytes, depth, budget);
  const lengthBytes = first > 0x80 ? first & 0x7f : 0;
  const start = 2 + lengthBytes;
  if (lengthBytes > 4 || start > bytes.length) return null;
  const end = start + (lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes));
  if (end > bytes.length) return null;
  const content = bytes.subarray(start, end);
  const inner = (tag & 0x20) === 0 ? null : readAll(content, depth + 1, budget);
  return { node: { tag, content: inner ?? content, isIndefinite: false }, size: end };
}

function readIndefinite(bytes: Buffer, depth: number, budget: { left: number }): Found | null {
  const content: Node[] = [];
  let at = 2;
  while (!(bytes[at] === 0 && bytes[at + 1] === 0)) {
    const found = readNode(bytes.subarray(at), depth + 1, budget);
    if (found === null) return null;
    content.push(found.node);
    at += found.size;
  }
  return { node: { tag: bytes[0] ?? 0, content, isIndefinite: true }, size: at + 2 };
}

function writeAll(nodes: readonly Node[]): Buffer {
  return Buffer.concat(nodes.map(writeNode));
}

function writeContent({ content }: Node): Buffer {
  return Array.isArray(content) ? writeAll(content) : content;
}

function writeNode(node: Node): Buffer {
  const content = writeContent(node);
  if (node.isIndefinite) return Buffer.concat([Buffer.from([node.tag, 0x80]), content, Buffer.alloc(2)]);
  return Buffer.concat([Buffer.from([node.tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const hex = length.toString(16);
  const octets = [...Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex")];
  return [0x80 | octets.length, ...octets];
}
