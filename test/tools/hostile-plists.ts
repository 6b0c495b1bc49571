/** Property lists that nobody sends by mistake, and the code each must be refused with. */
import { plistText } from "#sandbox/devices/plist-text.ts";

/** The name of the attack, the bytes, the code of the refusal. */
export type HostilePlist = readonly [name: string, body: Buffer, code: string];

const xmlHeader = '<?xml version="1.0" encoding="UTF-8"?>\n';

function xml(inside: string, docType = ""): Buffer {
  return Buffer.from(`${xmlHeader}${docType}<plist version="1.0">${inside}</plist>`);
}

function entityBomb(): Buffer {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const inside = level === 0 ? "ha" : `&l${level - 1};`.repeat(10);
    return `<!ENTITY l${level} "${inside}">`;
  });
  return xml("<dict><key>UDID</key><string>&l11;</string></dict>", `<!DOCTYPE plist [${levels.join("")}]>`);
}

/** A binary property list of these objects, the first at the top. */
export function binaryPlist(objects: readonly Buffer[]): Buffer {
  const offsets: number[] = [];
  let end = 8;
  for (const object of objects) {
    offsets.push(end);
    end += object.length;
  }
  const table = Buffer.alloc(objects.length * 4);
  for (const [index, offset] of offsets.entries()) table.writeUInt32BE(offset, index * 4);
  const trailer = Buffer.alloc(32);
  trailer.set([4, 1], 6);
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(end), 24);
  return Buffer.concat([Buffer.from("bplist00"), ...objects, table, trailer]);
}

/** Thirty arrays, each of which holds the next one ten times. */
function binaryBomb(): Buffer {
  const levels = Array.from({ length: 30 }, (_, level) =>
    Buffer.from([0xaa, ...Array<number>(10).fill(level + 1)]),
  );
  return binaryPlist([...levels, Buffer.from([0x09])]);
}

/** One key, whose value is UTF-16 that ends in the middle of a character. */
function halfSurrogate(): Buffer {
  const value = Buffer.from([0x62, 0x00, 0x75, 0xd8, 0x00]);
  return binaryPlist([Buffer.from([0xd1, 1, 2]), Buffer.from("TUDID"), value]);
}

/**
 * Makes the list; each is small enough for every door.
 *
 * @param message A good message of the door, which some of the attacks start from.
 */
export function hostilePlists(message: Readonly<Record<string, string>>): HostilePlist[] {
  const good = plistText(message);
  const nested = "<array>".repeat(15_000);
  const external = '<!DOCTYPE plist [<!ENTITY file SYSTEM "file:///etc/passwd">]>';
  return [
    ["nothing", Buffer.alloc(0), "plist_malformed"],
    ["no property list", Buffer.from("MessageType=Authenticate"), "plist_malformed"],
    ["a truncated message", good.subarray(0, good.length - 30), "plist_malformed"],
    ["bytes after the message", Buffer.concat([good, good]), "plist_malformed"],
    ["deep nesting", xml(nested + nested.replaceAll("<", "</")), "plist_too_deep"],
    ["deep nesting that never ends", xml(nested), "plist_too_deep"],
    ["an entity bomb", entityBomb(), "plist_malformed"],
    ["an external entity", xml("<string>&file;</string>", external), "plist_malformed"],
    [
      "a key given twice",
      xml("<dict><key>UDID</key><true/><key>UDID</key><true/></dict>"),
      "plist_duplicate_key",
    ],
    ["a list at the top", xml("<array><string>UDID</string></array>"), "plist_root_not_dictionary"],
    ["bytes that are not UTF-8", xml("<dict/>").fill(0xff, 60, 62), "plist_malformed"],
    ["a binary list that ends early", Buffer.from("bplist00\0\0\0"), "plist_malformed"],
    ["half a surrogate pair", halfSurrogate(), "plist_malformed"],
    ["a binary list that contains itself", binaryPlist([Buffer.from([0xa1, 0])]), "plist_malformed"],
    ["a binary list that expands without end", binaryBomb(), "plist_too_large"],
  ];
}
