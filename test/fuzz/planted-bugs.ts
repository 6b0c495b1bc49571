/**
 * Shows that the fuzzers find bugs: `npm run fuzz:planted` plants one at a time in a copy of the repository, empties its
 * corpus, fuzzes for at most a minute and prints what was found as a table. Fails when one is missed.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { repository } from "../tools/source-tree.ts";

type PlantedBug = {
  readonly target: string;
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
};

const protocol = "src/protocol";
const bugs: readonly PlantedBug[] = [
  {
    target: "archives",
    what: "entries of a zip archive may overlap",
    file: "src/platform/archive/zip.ts",
    from: "  refuseOverlaps(entries, directory.offset);",
    to: "",
  },
  {
    target: "archives",
    what: "a range may end behind the file",
    file: "src/platform/archive/ranges.ts",
    from: "if (!isInside || offset + length > size)",
    to: "if (!isInside || offset > size)",
  },
  {
    target: "plist",
    what: "character references beyond Unicode are not checked",
    file: `${protocol}/plist/xml-scanner.ts`,
    from: "codePoint > 0x10ffff || isSurrogate",
    to: "isSurrogate",
  },
  {
    target: "plist",
    what: "a binary container may contain itself",
    file: `${protocol}/plist/read-binary.ts`,
    from: 'if (known === "open") throw malformed("Cannot read a binary plist that contains itself");',
    to: 'if (known === "open") return decodeObject(document, reference, 1);',
  },
  {
    target: "plist",
    what: "carriage returns are written as they are, and read back as line feeds",
    file: `${protocol}/plist/write.ts`,
    from: "replace(/[&<>\\r]/g",
    to: "replace(/[&<>]/g",
  },
  {
    target: "ber",
    what: "the octets of a length may lie beyond the end",
    file: `${protocol}/asn1/read.ts`,
    from: "if (contentStart + count > limit)",
    to: "if (contentStart > limit)",
  },
  {
    target: "ber",
    what: "an element may be longer than its parent",
    file: `${protocol}/asn1/read.ts`,
    from: "if (end > limit) throw",
    to: "if (end > bytes.length) throw",
  },
  {
    target: "cms",
    what: "digests of another length are compared",
    file: `${protocol}/cms/verify-signed-data.ts`,
    from: "claimed.length !== expected.digest.length || !timingSafeEqual",
    to: "!timingSafeEqual",
  },
  {
    target: "cms",
    what: "the digest of the content is not compared",
    file: `${protocol}/cms/verify-signed-data.ts`,
    from: "claimed.length !== expected.digest.length || !timingSafeEqual(claimed, expected.digest)",
    to: "claimed.length !== expected.digest.length",
  },
  {
    target: "enveloped",
    what: "an envelope may lack its content",
    file: `${protocol}/cms/enveloped-data.ts`,
    from: "blockBytes || content === undefined",
    to: "blockBytes",
  },
  {
    target: "scep",
    what: "any text is a transaction id",
    file: `${protocol}/scep/scep-message.ts`,
    from: "/^[\\x20-\\x7e]+$/.test(transactionId)",
    to: "transactionId.length > 0",
  },
  {
    target: "scep",
    what: "the proof of possession is not checked",
    file: `${protocol}/x509/certificate-request.ts`,
    from: "if (!verifySignature({ algorithm, publicKey, data: request.info, signature: request.signature })) {",
    to: "if (publicKey === null) {",
  },
  {
    target: "checkin",
    what: "message types are looked up along the prototype",
    file: `${protocol}/mdm/checkin.ts`,
    from: "Object.hasOwn(decoders, value)",
    to: "value in decoders",
  },
  {
    target: "checkin",
    what: "NUL in identifiers is let through",
    file: `${protocol}/plist/access.ts`,
    from: 'typeof value === "string" && !value.includes("\\0") ? value : null;',
    to: 'typeof value === "string" ? value : null;',
  },
  {
    target: "connect",
    what: "a command's identifier may be no text",
    file: `${protocol}/mdm/connect.ts`,
    from: "uuid === null || uuid.length",
    to: "(uuid as string).length",
  },
  {
    target: "connect",
    what: "NUL in answers is stored",
    file: `${protocol}/mdm/json.ts`,
    from: 'text.includes("\\0") ? text.replaceAll("\\0", "") : text',
    to: "text",
  },
  {
    target: "ota",
    what: "content that is no property list is a fault instead of a refusal",
    file: "src/mdm/enrollments/ota-request.ts",
    from: "if (error instanceof PlistError)",
    to: 'if (error instanceof PlistError && error.code !== "plist_malformed")',
  },
  {
    target: "ota",
    what: "an empty serial number names a device",
    file: `${protocol}/mdm/text.ts`,
    from: 'text !== null && text !== "" &&',
    to: "text !== null &&",
  },
  {
    target: "status-report",
    what: "halves of surrogate pairs are stored",
    file: `${protocol}/ddm/read-report-json.ts`,
    from: "text.isWellFormed() ? text : text.toWellFormed()",
    to: "text",
  },
  {
    target: "status-report",
    what: "the identifier of an element may be of any length",
    file: `${protocol}/ddm/flatten-status-items.ts`,
    from: "identifier.length <= statusItemNameCharactersMax",
    to: "identifier !== name",
  },
  {
    target: "status-report",
    what: "an element may be told twice",
    file: `${protocol}/ddm/flatten-status-items.ts`,
    from: "JSON.stringify([change.name, change.identifier])",
    to: "JSON.stringify(change)",
  },
];

/** Copies what the fuzzers need, with an empty corpus: what they find, they find by themselves. */
function copyRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), "pomona-planted-"));
  for (const part of ["src", "test/fuzz", "test/tools", "package.json"]) {
    cpSync(join(repository, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  const corpus = join(folder, "test", "fuzz", "corpus");
  for (const target of readdirSync(corpus)) {
    for (const file of readdirSync(join(corpus, target))) rmSync(join(corpus, target, file));
  }
  return folder;
}

/** Fuzzes the copy with one bug in it. @returns The cells of its row. */
function tryBug(bug: PlantedBug, folder: string, seed: string): readonly string[] {
  const path = join(folder, bug.file);
  const text = readFileSync(path, "utf8");
  if (text.split(bug.from).length !== 2) throw new Error(`${bug.file} does not hold once: ${bug.from}`);
  writeFileSync(
    path,
    text.replace(bug.from, () => bug.to),
  );
  const args = ["--conditions=source", "test/fuzz/main.ts", "--target", bug.target, "--seconds", "60"];
  const start = performance.now();
  const { stdout, stderr } = spawnSync(process.execPath, [...args, "--seed", seed], {
    cwd: folder,
    encoding: "utf8",
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  writeFileSync(path, text);
  const found = /FOUND after (\d+) inputs: (.*)/.exec(stdout);
  if (found === null && !stdout.includes("nothing found")) throw new Error(`The fuzzer failed:\n${stderr}`);
  return [bug.target, bug.what, found?.[1] ?? "-", seconds, found?.[2]?.slice(0, 80) ?? "NOT FOUND"];
}

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, target: { type: "string" } },
});
const print = (cells: readonly string[]): boolean => process.stdout.write(`| ${cells.join(" | ")} |\n`);

print(["Target", "Planted bug", "Inputs", "Seconds", "Found as"]);
print(["---", "---", "---:", "---:", "---"]);
const folder = copyRepository();
try {
  for (const bug of bugs.filter(({ target }) => values.target === undefined || target === values.target)) {
    const row = tryBug(bug, folder, values.seed);
    print(row);
    if (row[2] === "-") process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
