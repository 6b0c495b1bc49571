/**
 * The sandbox's own DER writer. It shares nothing with the server's, so that a mistake in one of them is seen by
 * the other; openssl is the third opinion, in the tests.
 */

/** One element: identifier octet, definite length, contents. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

/** One constructed element of indefinite length, as Apple's CMS encoder writes them (X.690 8.1.3.6). */
export function indefinite(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([tag, 0x80]), ...contents, Buffer.from([0, 0])]);
}

export function derSequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

/** SET OF, in the order DER asks for (X.690 11.6). */
export function derSet(...parts: readonly Uint8Array[]): Buffer {
  return der(0x31, ...[...parts].sort((one, other) => Buffer.compare(one, other)));
}

/** `[number]`, constructed. */
export function derContext(number: number, ...parts: readonly Uint8Array[]): Buffer {
  return der(0xa0 | number, ...parts);
}

/** A non-negative INTEGER from its value or its magnitude. */
export function derInteger(value: number | Uint8Array): Buffer {
  const octets = typeof value === "number" ? [...magnitudeOf(value)] : [...value];
  while (octets.length > 1 && octets[0] === 0) octets.shift();
  if ((octets[0] ?? 0) >= 0x80) octets.unshift(0);
  return der(0x02, Buffer.from(octets));
}

function magnitudeOf(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
}

export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift(0x80 + (left % 128));
    }
    return groups;
  });
  return der(0x06, Buffer.from(octets));
}

export const derNull = der(0x05);

export function derBoolean(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

export function derOctets(content: Uint8Array): Buffer {
  return der(0x04, content);
}

export function derBits(content: Uint8Array, unusedBits = 0): Buffer {
  return der(0x03, Buffer.from([unusedBits]), content);
}

export function derUtf8(value: string): Buffer {
  return der(0x0c, Buffer.from(value, "utf8"));
}

export function derPrintable(value: string): Buffer {
  return der(0x13, Buffer.from(value, "latin1"));
}

/** A time of a certificate or signature: two-digit years until 2049 (RFC 5280 4.1.2.5). */
export function derTime(at: Date): Buffer {
  const text = `${at.toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
  const isShort = at.getUTCFullYear() >= 1950 && at.getUTCFullYear() < 2050;
  return isShort ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}
