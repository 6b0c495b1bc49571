/** Holds what a target accepted against what other programs make of it: python's plistlib, pkijs, OpenSSL. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pkijs from "pkijs";
import { decodeSignedData, type SignedData } from "#protocol/cms/signed-data.ts";
import { verifySignedData } from "#protocol/cms/verify-signed-data.ts";
import { readPlist } from "#protocol/plist/read.ts";
import { isDictionary, type PlistValue } from "#protocol/plist/value.ts";
import { findProgram } from "../tools/programs.ts";
import { decodeOrNull } from "./target.ts";

export type Disagreement = { readonly input: Uint8Array; readonly problem: string };

export type Comparison = {
  readonly program: string;
  readonly compared: number;
  /** Inputs the other program does not take: strictness differs, values must not. */
  readonly refused: number;
  readonly disagreements: readonly Disagreement[];
};

/** The comparisons there are for a target, on this machine. */
export function compareWithOthers(target: string, accepted: readonly Uint8Array[]): Comparison[] {
  const inputs = accepted.map((input) => Buffer.from(input));
  if (["plist", "checkin", "connect"].includes(target)) return comparePlists(inputs);
  return target === "cms" ? [compareWithPkijs(inputs), ...compareWithOpenssl(inputs)] : [];
}

type Verdict = boolean | "refused";

function summarize(
  program: string,
  inputs: readonly Buffer[],
  judge: (input: Buffer, index: number) => Verdict,
) {
  const verdicts = inputs.map(judge);
  return {
    program,
    compared: verdicts.filter((verdict) => verdict === true).length,
    refused: verdicts.filter((verdict) => verdict === "refused").length,
    disagreements: inputs.flatMap((input, index) =>
      verdicts[index] === false ? [{ input, problem: `${program} reads something else` }] : [],
    ),
  };
}

/** One line of base64 in, one line out: a tagged value, or null when plistlib does not take it. */
const python = `
import sys, base64, json, plistlib, datetime, struct
def tell(v):
    if isinstance(v, bool): return ["b", v]
    if isinstance(v, int): return ["n", str(v)]
    if isinstance(v, float): return ["n", str(int(v))] if v.is_integer() and abs(v) < 2**53 else ["f", struct.pack(">d", v).hex()]
    if isinstance(v, str): return ["s", v]
    if isinstance(v, bytes): return ["d", v.hex()]
    if isinstance(v, datetime.datetime): return ["t", (v - datetime.datetime(1970, 1, 1)).total_seconds()]
    if isinstance(v, list): return ["a", [tell(m) for m in v]]
    return ["o", [[k, tell(m)] for k, m in v.items()]]
for line in sys.stdin:
    try: print(json.dumps(tell(plistlib.loads(base64.b64decode(line)))))
    except Exception: print("null")
`;

type Told = readonly [string, unknown];

function comparePlists(inputs: readonly Buffer[]): Comparison[] {
  const program = findProgram("python3");
  if (program === null) return [];
  const lines = inputs.map((input) => `${input.toString("base64")}\n`).join("");
  const { stdout } = spawnSync(program, ["-c", python], { input: lines, maxBuffer: 2 ** 30 });
  const told = stdout.toString("utf8").trimEnd().split("\n");
  return [
    summarize("plistlib", inputs, (input, index) => {
      const theirs = JSON.parse(told[index] ?? "null") as Told | null;
      return theirs === null ? "refused" : isToldSo(readPlist(input), theirs);
    }),
  ];
}

function isToldSo(value: PlistValue, [kind, told]: Told): boolean {
  if (Array.isArray(value)) {
    const members = told as Told[];
    return (
      kind === "a" &&
      members.length === value.length &&
      value.every((v, i) => isToldSo(v, members[i] as Told))
    );
  }
  if (isDictionary(value)) {
    const members = told as [string, Told][];
    const hasAll = kind === "o" && members.length === Object.keys(value).length;
    return (
      hasAll && members.every(([key, member]) => key in value && isToldSo(value[key] as PlistValue, member))
    );
  }
  if (Buffer.isBuffer(value)) return kind === "d" && value.toString("hex") === told;
  if (value instanceof Date) return kind === "t" && Math.abs(value.getTime() - Number(told) * 1000) <= 1;
  if (typeof value === "number" && !Number.isSafeInteger(value)) return isSameReal(value, kind, told);
  return told === (typeof value === "string" || typeof value === "boolean" ? value : String(value));
}

function isSameReal(value: number, kind: string, told: unknown): boolean {
  if (kind !== "f") return kind === "n" && Number(told) === value;
  return Object.is(Buffer.from(String(told), "hex").readDoubleBE(0), value);
}

function compareWithPkijs(inputs: readonly Buffer[]): Comparison {
  const signed = inputs.filter((input) => readOurs(input) !== null);
  return summarize("pkijs", signed, (input) => {
    const theirs = readTheirs(input);
    const ours = readOurs(input);
    if (theirs === null || ours === null) return "refused";
    const signatures = theirs.signerInfos.map(({ signature }) =>
      Buffer.from(signature.valueBlock.valueHexView),
    );
    return (
      signatures.length === ours.signers.length &&
      theirs.encapContentInfo.eContentType === ours.contentType &&
      ours.signers.every(({ signature }, index) => signatures[index]?.equals(signature) === true)
    );
  });
}

function readOurs(input: Buffer): SignedData | null {
  return decodeOrNull(["CmsError"], () => decodeSignedData(input));
}

function readTheirs(input: Buffer): pkijs.SignedData | null {
  try {
    return new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(Uint8Array.from(input)).content });
  } catch {
    // It refuses by all kinds of errors, and is not what is tested.
    return null;
  }
}

/** Each is a process of its own. */
const opensslInputsMax = 40;

function compareWithOpenssl(inputs: readonly Buffer[]): Comparison[] {
  const program = findProgram("openssl");
  if (program === null) return [];
  const verified = inputs.flatMap((input) => {
    const message = decodeOrNull(["CmsError"], () =>
      verifySignedData({ signedData: decodeSignedData(input) }),
    );
    return message === null ? [] : [{ input, content: message.content }];
  });
  const folder = mkdtempSync(join(tmpdir(), "pomona-fuzz-openssl-"));
  const paths = { message: join(folder, "message"), content: join(folder, "content") };
  const args = [
    "cms",
    "-verify",
    "-noverify",
    "-binary",
    "-inform",
    "DER",
    "-in",
    paths.message,
    "-out",
    paths.content,
  ];
  const judged = verified.slice(0, opensslInputsMax);
  try {
    return [
      summarize(
        "openssl",
        judged.map(({ input }) => input),
        (input, index) => {
          writeFileSync(paths.message, input);
          if (spawnSync(program, args).status !== 0) return "refused";
          return judged[index]?.content.equals(readFileSync(paths.content)) === true;
        },
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
