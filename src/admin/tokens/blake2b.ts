/**
 * BLAKE2b, unkeyed (RFC 7693). Node's makes 64 bytes only, and the length of the digest is part of the hash.
 */

const word = (value: bigint): bigint => BigInt.asUintN(64, value);
const blockBytes = 128;
const rounds = 12;

/** RFC 7693, 2.6. */
const initial: readonly bigint[] = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
];

/**
 * Order of the message words in each round, a hexadecimal digit each (RFC 7693, 2.7); the last two repeat.
 */
const sigma: readonly (readonly number[])[] = [
  "0123456789abcdef",
  "ea489fd61c02b753",
  "b8c052fdae367194",
  "7931dcbe265a40f8",
  "905724afe1bc683d",
  "2c6a0b834d75fe19",
  "c51fed4a0763928b",
  "db7ec13950f4862a",
  "6fe9b308c2d714a5",
  "a2847615fb9e3cd0",
].map((row) => Array.from(row, (digit) => Number.parseInt(digit, 16)));

/** Columns, then diagonals, that a round mixes (RFC 7693, 3.2). */
const mixes: readonly (readonly [number, number, number, number])[] = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];

/**
 * Hashes bytes.
 *
 * @param digestBytes Length of the digest, 1 to 64.
 */
export function blake2b(input: Uint8Array, digestBytes: number): Buffer {
  const state = BigUint64Array.from(initial);
  state[0] = word((state[0] ?? 0n) ^ 0x0101_0000n ^ BigInt(digestBytes));
  const padded = Buffer.alloc(Math.max(blockBytes, Math.ceil(input.length / blockBytes) * blockBytes));
  padded.set(input);
  for (let end = blockBytes; end <= padded.length; end += blockBytes) {
    const isLast = end === padded.length;
    compress(state, padded.subarray(end - blockBytes, end), { count: isLast ? input.length : end, isLast });
  }
  const digest = Buffer.alloc(64);
  for (const [index, value] of state.entries()) digest.writeBigUInt64LE(value, index * 8);
  return digest.subarray(0, digestBytes);
}

function compress(
  state: BigUint64Array,
  block: Buffer,
  { count, isLast }: { readonly count: number; readonly isLast: boolean },
): void {
  const message = Array.from({ length: 16 }, (_, index) => block.readBigUInt64LE(index * 8));
  const work = BigUint64Array.from([...state, ...initial]);
  work[12] = (work[12] ?? 0n) ^ BigInt(count);
  if (isLast) work[14] = word(~(work[14] ?? 0n));
  for (let round = 0; round < rounds; round++) {
    const order = sigma[round % sigma.length] ?? [];
    for (const [index, quarter] of mixes.entries()) {
      const x = message[order[2 * index] ?? 0] ?? 0n;
      const y = message[order[2 * index + 1] ?? 0] ?? 0n;
      mix(work, quarter, [x, y]);
    }
  }
  for (let index = 0; index < 8; index++) {
    state[index] = (state[index] ?? 0n) ^ (work[index] ?? 0n) ^ (work[index + 8] ?? 0n);
  }
}

/** The mixing function G (RFC 7693, 3.1). */
function mix(
  work: BigUint64Array,
  [a, b, c, d]: readonly [number, number, number, number],
  [x, y]: readonly [bigint, bigint],
): void {
  const at = (index: number): bigint => work[index] ?? 0n;
  work[a] = word(at(a) + at(b) + x);
  work[d] = rotate(at(d) ^ at(a), 32n);
  work[c] = word(at(c) + at(d));
  work[b] = rotate(at(b) ^ at(c), 24n);
  work[a] = word(at(a) + at(b) + y);
  work[d] = rotate(at(d) ^ at(a), 16n);
  work[c] = word(at(c) + at(d));
  work[b] = rotate(at(b) ^ at(c), 63n);
}

function rotate(value: bigint, bits: bigint): bigint {
  return word((value >> bits) | (value << (64n - bits)));
}
