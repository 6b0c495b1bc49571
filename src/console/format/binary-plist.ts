/**
 * Reads the binary property lists that the API hands out as the answers of devices, into what JSON can show. The format is
 * that of Apple's CFBinaryPList: objects, a table of their offsets, a trailer of 32 bytes.
 */

const trailerBytes = 32;
const depthMax = 64;
/** Objects may be referred to many times, so that a small file could become a huge one. */
const objectsMax = 200_000;
/** Seconds between 1970 and 2001, where Apple's dates begin. */
const appleEpochSeconds = 978_307_200;

type Reader = {
  readonly view: DataView;
  readonly offsets: readonly number[];
  readonly referenceBytes: number;
  /** Objects that may still be read. */
  left: number;
};

/** @returns Undefined for what is no binary property list, or a broken one. Data becomes base64, dates ISO 8601. */
export function readBinaryPlist(bytes: Uint8Array): unknown {
  try {
    return read(bytes);
  } catch (error) {
    // Reading beyond the end, or deeper than anybody writes: no property list.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function read(bytes: Uint8Array): unknown {
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== "bplist" || bytes.length < trailerBytes + 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const trailer = bytes.length - trailerBytes;
  const offsetBytes = view.getUint8(trailer + 6);
  const referenceBytes = view.getUint8(trailer + 7);
  const count = integerAt(view, trailer + 8, 8);
  const top = integerAt(view, trailer + 16, 8);
  const table = integerAt(view, trailer + 24, 8);
  if (count > bytes.length) throw new RangeError("More objects than bytes");
  const offsets = Array.from({ length: count }, (_, index) =>
    integerAt(view, table + index * offsetBytes, offsetBytes),
  );
  return objectAt({ view, offsets, referenceBytes, left: objectsMax }, top, 0);
}

function integerAt(view: DataView, at: number, size: number): number {
  if (size === 8) return Number(view.getBigInt64(at));
  let value = 0;
  for (let index = 0; index < size; index++) value = value * 256 + view.getUint8(at + index);
  return value;
}

function objectAt(reader: Reader, index: number, depth: number): unknown {
  const at = reader.offsets[index];
  reader.left -= 1;
  if (at === undefined || depth > depthMax || reader.left < 0) throw new RangeError("No such object");
  const { view } = reader;
  const marker = view.getUint8(at);
  const low = marker & 0x0f;
  switch (marker >> 4) {
    case 0x0:
      return low === 0 ? null : low === 9;
    case 0x1:
      return integerAt(view, at + 1, 1 << low);
    case 0x2:
      return low === 2 ? view.getFloat32(at + 1) : view.getFloat64(at + 1);
    case 0x3:
      return new Date((view.getFloat64(at + 1) + appleEpochSeconds) * 1000).toISOString();
    case 0x8:
      return integerAt(view, at + 1, low + 1);
    default:
      return countedAt(reader, { at, kind: marker >> 4, low, depth });
  }
}

type Place = { readonly at: number; readonly kind: number; readonly low: number; readonly depth: number };

/** Objects that say how many bytes, characters or members follow. */
function countedAt(reader: Reader, { at, kind, low, depth }: Place): unknown {
  const { view } = reader;
  const isLong = low === 0x0f;
  const lengthBytes = isLong ? 1 << (view.getUint8(at + 1) & 0x0f) : 0;
  const count = isLong ? integerAt(view, at + 2, lengthBytes) : low;
  const start = isLong ? at + 2 + lengthBytes : at + 1;
  if (kind === 0x6) return characters(view, start, { count, width: 2 });
  if (kind === 0x5) return characters(view, start, { count, width: 1 });
  if (kind === 0x4) return btoa(characters(view, start, { count, width: 1 }));
  const member = (number: number): unknown => {
    const reference = integerAt(view, start + number * reader.referenceBytes, reader.referenceBytes);
    return objectAt(reader, reference, depth + 1);
  };
  if (count > view.byteLength) throw new RangeError("More members than bytes");
  const numbers = Array.from({ length: count }, (_, number) => number);
  if (kind === 0xd)
    return Object.fromEntries(numbers.map((number) => [String(member(number)), member(count + number)]));
  if (kind === 0xa || kind === 0xb || kind === 0xc) return numbers.map(member);
  throw new RangeError("An object of no known kind");
}

function characters(
  view: DataView,
  start: number,
  { count, width }: { readonly count: number; readonly width: 1 | 2 },
): string {
  if (count > view.byteLength) throw new RangeError("More characters than bytes");
  let text = "";
  for (let index = 0; index < count; index++) {
    const at = start + index * width;
    text += String.fromCharCode(width === 1 ? view.getUint8(at) : view.getUint16(at));
  }
  return text;
}
