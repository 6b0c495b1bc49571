/** The rules of the house that a program can hold (CONTRIBUTING.md); sizes are reported, not enforced. */
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { describeApi } from "../src/api.ts";
import { commandNames } from "../src/mdm/commands/command.ts";
import { contractRequests } from "./tools/contract-requests.ts";
import {
  type SourceFile,
  type SyntaxNode,
  lineOf,
  listFiles,
  readSource,
  repository,
  walk,
} from "./tools/source-tree.ts";

/** Lowest first; a slice imports only slices before it. */
const slices = [
  "identities",
  "enrollments",
  "devices",
  "device-secrets",
  "files",
  "push",
  "commands",
  "inventory",
  "artifacts",
  "declarations",
  "blueprints",
  "software-updates",
  "dep",
  "apps-books",
  "reconcile",
  "overview",
  "checkin",
];

const sources = listFiles("src", /\.tsx?$/).map(readSource);
const server = sources.filter((file) => !file.isTest && !/^src\/(sandbox|console)\//.test(file.path));
const bareFile = (path: string): string => posix.basename(path).replace(/\.ts$/, "");

/** The composition root, and what it is made of. */
const roots = ["main", "app", "compose-reconcile", "open-files", "provision", "metrics"].map(
  (name) => `src/${name}.ts`,
);

/** What a file is, from its place and name (house rule 2.3). */
function kindOf(path: string): string {
  const [, area = "", slice = ""] = path.split("/");
  if (roots.includes(path) || path.startsWith("src/main/")) return "root";
  if (!["mdm", "admin"].includes(area)) return area;
  // The answers of the device doors are a file of their own, so that 401 and Apple's 403 have one place.
  if (bareFile(path) === "device-response") return "route";
  const ending = /-(store|operations|api|route|job|sender|buffer)$/.exec(bareFile(path))?.[1];
  return slice === "" || ending === undefined ? "pure" : ending;
}

type Edge = { readonly from: SourceFile; readonly to: string };

const edges: Edge[] = sources
  .filter((file) => !file.isTest)
  .flatMap((file) =>
    file.imports.flatMap((found) => (found.file === null ? [] : [{ from: file, to: found.file }])),
  );

const sliceOf = (path: string): string | null => /^src\/mdm\/([^/]+)\//.exec(path)?.[1] ?? null;
const areaOf = (path: string): string => path.split("/")[1] ?? "";
const describeEdge = ({ from, to }: Edge): string => `${from.path} → ${to}`;
const offending = (isWrong: (edge: Edge) => boolean): string[] => edges.filter(isWrong).map(describeEdge);

describe("imports", () => {
  test("every import names a file that exists, with its extension", () => {
    expect(offending(({ to }) => !existsSync(join(repository, to)))).toEqual([]);
  });

  test.each([
    ["protocol", ["protocol"]],
    ["platform", ["platform"]],
    ["apple", ["apple", "protocol", "platform"]],
    ["sandbox", ["sandbox", "protocol", "platform"]],
    ["admin", ["admin", "platform"]],
    ["mdm", ["mdm", "protocol", "platform", "apple"]],
    ["cli", ["cli", "platform"]],
  ])("%s imports only %j", (area, allowed) => {
    expect(offending(({ from, to }) => areaOf(from.path) === area && !allowed.includes(areaOf(to)))).toEqual(
      [],
    );
  });

  test("protocol uses Node's crypto and zlib, and no other package", () => {
    const foreign = sources
      .filter((file) => areaOf(file.path) === "protocol" && !file.isTest)
      .flatMap((file) => file.imports.map((found) => ({ path: file.path, ...found })))
      .filter((found) => found.file === null && !["node:crypto", "node:zlib"].includes(found.specifier));
    expect(foreign.map((found) => `${found.path}: ${found.specifier}`)).toEqual([]);
  });

  test("a slice imports only slices before it", () => {
    const isUpward = ({ from, to }: Edge): boolean => {
      const [own, other] = [sliceOf(from.path), sliceOf(to)];
      return own !== null && other !== null && own !== other && slices.indexOf(other) >= slices.indexOf(own);
    };
    expect(offending(isUpward)).toEqual([]);
    expect(
      sources.map((file) => sliceOf(file.path)).filter((slice) => slice !== null && !slices.includes(slice)),
    ).toEqual([]);
  });

  test("pure files know neither database nor jobs nor doors", () => {
    const isImpure = ({ from, to }: Edge): boolean =>
      kindOf(from.path) === "pure" &&
      (/^src\/platform\/(db|http|jobs)\//.test(to) || !["pure", "protocol", "platform"].includes(kindOf(to)));
    // Times and field schemas of the wire are values, not doors.
    const isOfTheWire = (edge: string): boolean => /platform\/http\/wire-(time|fields)/.test(edge);
    expect(offending(isImpure).filter((edge) => !isOfTheWire(edge))).toEqual([]);
  });

  test("a store imports its own pure files and platform/db, and no other store", () => {
    const isWrong = ({ from, to }: Edge): boolean =>
      kindOf(from.path) === "store" &&
      (/^src\/platform\/(http|jobs)\//.test(to) ||
        (areaOf(to) !== "platform" && !["pure", "protocol"].includes(kindOf(to))));
    expect(offending(isWrong)).toEqual([]);
  });

  test("operations and jobs do not know the doors", () => {
    const isWrong = ({ from, to }: Edge): boolean =>
      ["operations", "job"].includes(kindOf(from.path)) &&
      (["api", "route"].includes(kindOf(to)) || to.startsWith("src/platform/http/"));
    expect(offending(isWrong).filter((edge) => !edge.includes("platform/http/wire-time"))).toEqual([]);
  });

  test("another slice's store is reached through its operations", () => {
    const isWrong = ({ from, to }: Edge): boolean =>
      sliceOf(from.path) !== sliceOf(to) &&
      kindOf(to) === "store" &&
      ["mdm", "admin"].includes(areaOf(to)) &&
      kindOf(from.path) !== "root";
    expect(offending(isWrong)).toEqual([]);
  });

  test("nobody imports the composition root but its entry", () => {
    const isRoot = (path: string): boolean => ["src/app.ts", "src/main.ts"].includes(path);
    expect(offending(({ from, to }) => isRoot(to) && kindOf(from.path) !== "root")).toEqual([]);
  });
});

/** Places in files where something is written, as `path:line`. */
function places(files: readonly SourceFile[], matches: (node: SyntaxNode) => boolean): string[] {
  return files.flatMap((file) => {
    const found: string[] = [];
    walk(file.program, (node) => {
      if (matches(node)) found.push(`${file.path}:${lineOf(file, node.start)}`);
    });
    return found;
  });
}

const isMember = (node: SyntaxNode, object: string, property: string): boolean =>
  node.type === "MemberExpression" &&
  (node["object"] as SyntaxNode & { name?: string }).name === object &&
  (node["property"] as SyntaxNode & { name?: string }).name === property;

describe("source", () => {
  test("the environment and the arguments are read by main alone", () => {
    const files = server.filter((file) => kindOf(file.path) !== "root");
    expect(
      places(files, (node) => isMember(node, "process", "env") || isMember(node, "process", "argv")),
    ).toEqual([]);
  });

  test("the clock is read in one place", () => {
    const readsClock = (node: SyntaxNode): boolean =>
      isMember(node, "Date", "now") ||
      (node.type === "NewExpression" &&
        (node["callee"] as SyntaxNode & { name?: string }).name === "Date" &&
        (node["arguments"] as unknown[]).length === 0);
    expect(places(server, readsClock).filter((place) => !place.startsWith("src/platform/clock.ts"))).toEqual(
      [],
    );
  });

  test("SQL is written in stores and in the platform's own tables", () => {
    const isAllowed = (path: string): boolean => kindOf(path) === "store" || path.startsWith("src/platform/");
    const writesSql = (node: SyntaxNode): boolean =>
      node.type === "TaggedTemplateExpression" &&
      (node["tag"] as SyntaxNode & { name?: string }).name === "sql";
    expect(places(server, writesSql).filter((place) => !isAllowed(place.split(":")[0] as string))).toEqual(
      [],
    );
  });

  test("only the device door's own file answers 401 or Apple's 403", () => {
    const files = server.filter((file) => file.path.startsWith("src/mdm/checkin/"));
    const saysLeave = (node: SyntaxNode): boolean =>
      node.type === "Literal" && [401, 403].includes(node["value"] as number);
    const found = places(files, saysLeave).map((place) => place.split(":")[0]);
    expect([...new Set(found)].filter((path) => path !== "src/mdm/checkin/device-response.ts")).toEqual([]);
  });

  test("there are no default exports", () => {
    expect(places(sources, (node) => node.type === "ExportDefaultDeclaration")).toEqual([]);
  });

  test("exports of protocol, platform and apple say what they are", () => {
    const files = server.filter((file) => ["protocol", "platform", "apple"].includes(areaOf(file.path)));
    expect(files.filter((file) => !file.path.includes("/generated/")).flatMap(undocumentedFunctions)).toEqual(
      [],
    );
  });
});

/** Exported functions and classes without a docstring right above them. */
function undocumentedFunctions(file: SourceFile): string[] {
  const body = file.program["body"] as readonly SyntaxNode[];
  return body
    .filter((node) => node.type === "ExportNamedDeclaration" && node["declaration"] !== null)
    .filter((node) =>
      ["FunctionDeclaration", "ClassDeclaration"].includes((node["declaration"] as SyntaxNode).type),
    )
    .filter((node) => {
      const isAbove = (end: number): boolean =>
        end <= node.start && file.text.slice(end, node.start).trim() === "";
      const isDocstring = (start: number): boolean => file.text.startsWith("/**", start);
      return !file.comments.some((comment) => isDocstring(comment.start) && isAbove(comment.end));
    })
    .map((node) => `${file.path}:${lineOf(file, node.start)}`)
    .filter((place) => !place.startsWith("src/protocol/asn1/write.ts"));
}

/** Texts of the scenarios, where stories with simulated devices are told. */
const scenarios = listFiles("test/scenarios", /\.test\.ts$/).map((path) =>
  readFileSync(join(repository, path), "utf8"),
);

describe("coverage", () => {
  test("every command kind appears in a scenario", () => {
    const isTold = (name: string): boolean =>
      scenarios.some((text) => new RegExp(`\\b${name}\\b`).test(text));
    expect(commandNames.filter((name) => !isTold(name))).toEqual([]);
  });

  test("every endpoint has a request in the contract test, which tries who may call it", () => {
    const text = readFileSync(join(repository, "test/contract.test.ts"), "utf8");
    expect(text).toContain("const wholeTable = describeApi();");
    // Doors of the console alone are tried by the tests of their slices.
    const forConsole = ["public", "session", "any_session"];
    const operations = describeApi()
      .filter(
        ({ access }) =>
          !(typeof access === "object" && "special" in access && forConsole.includes(access.special)),
      )
      .map(({ operationId }) => operationId);
    expect(operations.filter((operation) => !(operation in contractRequests))).toEqual([]);
  });
});

describe("documents", () => {
  const roots = ["README", "ARCHITECTURE", "CONTRIBUTING", "AGENTS", "SECURITY", "CHANGELOG"];
  const documents = [...listFiles("docs", /\.md$/), ...roots.map((name) => `${name}.md`)];

  test("every file a document names exists", () => {
    const missing = documents.flatMap((document) => {
      const text = readFileSync(join(repository, document), "utf8");
      const named = text.match(/\b(?:src|test|docs|migrations|bin)\/[\w./-]+\.(?:tsx?|md|sql|js)\b/g) ?? [];
      return named
        .filter((path) => !existsSync(join(repository, path)))
        .map((path) => `${document}: ${path}`);
    });
    expect(missing).toEqual([]);
  });

  test("decisions are numbered without gaps", () => {
    const numbers = listFiles("docs/adr", /\.md$/).map((path) => Number(posix.basename(path).slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });
});

describe("sizes", () => {
  test("are reported", () => {
    const lines = server.map((file) => file.text.split("\n").length).sort((a, b) => a - b);
    const long = server.filter((file) => file.text.split("\n").length > 400).map((file) => file.path);
    process.stdout.write(
      `source files: ${lines.length}, median ${lines[lines.length >> 1]} lines, longest ${lines.at(-1)}` +
        `${long.length > 0 ? `; over 400: ${long.join(", ")}` : ""}\n`,
    );
    expect(lines.length).toBeGreaterThan(0);
  });
});
