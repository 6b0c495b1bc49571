/** Property lists, XML and binary: what is read can be written and read again, in both forms, to the same value. */
import { readPlist } from "#protocol/plist/read.ts";
import { isDictionary, type PlistValue } from "#protocol/plist/value.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { mutateTags, mutateValue } from "../mutate-plist.ts";
import { decodeOrNull, type FuzzTarget, promise } from "../target.ts";

/** Whether two values are the same; dates may differ by what an encoding of them rounds away. */
export function isSameValue(
  one: PlistValue,
  other: PlistValue | undefined,
  dateMilliseconds: number,
): boolean {
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((member, index) => isSameValue(member, other[index], dateMilliseconds))
    );
  }
  if (isDictionary(one)) {
    const keys = Object.keys(one);
    return (
      isDictionary(other) &&
      keys.length === Object.keys(other).length &&
      keys.every((key) => isSameValue(one[key] as PlistValue, other[key], dateMilliseconds))
    );
  }
  if (Buffer.isBuffer(one)) return Buffer.isBuffer(other) && one.equals(other);
  if (one instanceof Date) {
    return other instanceof Date && Math.abs(one.getTime() - other.getTime()) <= dateMilliseconds;
  }
  // Zero has a sign in reals and none in integers.
  return Object.is(one, other) || (one === 0 && other === 0);
}

function run(input: Buffer): boolean {
  const value = decodeOrNull(["PlistError"], () => readPlist(input));
  if (value === null) return false;
  const binary = writeBinaryPlist(value);
  promise(isSameValue(value, readPlist(binary), 1), "a value survives being written in binary");
  // Binary documents hold what XML has no way to say: control characters, years beyond 9999.
  const xml = decodeOrNull(["PlistError"], () => writePlist(value));
  promise(xml !== null || input.toString("latin1", 0, 8) === "bplist00", "what XML said can be said in XML");
  if (xml !== null)
    promise(isSameValue(value, readPlist(xml), 1_000), "a value survives being written as XML");
  return true;
}

const rich = {
  Text: "a < b & c",
  Empty: "",
  Whole: 42,
  Huge: 2n ** 64n - 1n,
  Real: 1.5,
  Yes: true,
  When: new Date("2026-03-01T10:00:00Z"),
  Bytes: Buffer.from("bytes"),
  List: [1, "two", [3], { Four: 4 }],
  Wide: "é😀",
};
const shared = ["same", "same", Buffer.alloc(300, 7), -1, 70_000, 5_000_000_000];

export const plistTarget: FuzzTarget = {
  name: "plist",
  seeds: [
    writePlist(rich),
    writeBinaryPlist(rich),
    writeBinaryPlist(shared),
    writePlist(shared),
    Buffer.from(
      "<plist><dict><key>a</key><string>x<![CDATA[<y>]]><!-- z -->&#65;&#x42;</string></dict></plist>",
    ),
    Buffer.from(
      '\ufeff<?xml version="1.0"?><plist><array><real>-inf</real><integer>0x1F</integer></array></plist>',
    ),
    Buffer.from("\ufeff<plist><string>wide</string></plist>", "utf16le"),
  ],
  mutators: [mutateTags, mutateValue],
  words: [
    ..."<dict> </dict> <array> </array> <key> </key> <string> </string> <data> </data> <true/> <string/>".split(
      " ",
    ),
    ..."<![CDATA[ ]]> <!-- --> &amp; &#0; &#13; &#1114112; &#xD800; &x; bplist00 __proto__ constructor \ufeff".split(
      " ",
    ),
    "<integer>1</integer>",
    "<real>1e5</real>",
    "<date>2026-02-29T00:00:00Z</date>",
    "<?x ?>",
    "<!DOCTYPE plist",
    "<!ENTITY x 'y'>",
  ],
  run,
};
