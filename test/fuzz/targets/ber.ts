/** BER itself: every element lies inside its parent, siblings touch, and the readers of values refuse by code. */
import { Asn1Error, type Element } from "#protocol/asn1/read.ts";
import {
  bitStringOctets,
  children,
  contentBytes,
  octets,
  oid,
  rawBytes,
  readOnly,
  smallInteger,
  text,
  time,
} from "#protocol/asn1/read.ts";
import {
  element,
  integer,
  nullValue,
  octetString,
  oid as encodeOid,
  sequence,
  setOf,
  utf8String,
} from "#protocol/asn1/write.ts";
import { mutateDer } from "../mutate-der.ts";
import { decodeOrNull, type FuzzTarget, promise } from "../target.ts";

/** The elements of one message are walked up to here; a walk is the square of depth at worst. */
const visitsMax = 20_000;

function walk(parent: Element, budget: { left: number }): void {
  for (const read of [octets, bitStringOctets, oid, smallInteger, text, time]) {
    decodeOrNull(["Asn1Error"], () => read(parent));
  }
  const members = decodeOrNull(["Asn1Error"], () => children(parent));
  if (members === null) return;
  let at = parent.contentStart;
  for (const member of members) {
    const isInside = member.start === at && member.end <= parent.contentEnd;
    promise(
      isInside && member.contentStart <= member.contentEnd,
      "elements touch and stay inside their parent",
    );
    promise(
      rawBytes(member).length >= contentBytes(member).length + 2,
      "an element is more than its content",
    );
    at = member.end;
    budget.left -= 1;
    if (budget.left > 0) walk(member, budget);
  }
  promise(at === parent.contentEnd, "elements fill their parent");
}

function run(input: Buffer): boolean {
  try {
    walk(readOnly(input), { left: visitsMax });
    return true;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

const date = element(0x17, Buffer.from("260301100000Z"));
const later = element(0x18, Buffer.from("20510301100000Z"));

export const berTarget: FuzzTarget = {
  name: "ber",
  seeds: [
    sequence(
      integer(1),
      setOf(encodeOid("1.2.840.113549.1.7.2"), nullValue()),
      octetString(Buffer.alloc(200, 1)),
    ),
    sequence(
      date,
      later,
      utf8String("text"),
      element(0x1e, Buffer.from("00410042", "hex")),
      element(3, Buffer.from([0, 1])),
    ),
    Buffer.from("3080240604010104010202010530800500000031000000", "hex"),
  ],
  mutators: [mutateDer],
  words: ["260230100000Z", "20260301100000Z", "\x80\x80", "\x84\xff\xff\xff\xff", "\x85"],
  run,
};
