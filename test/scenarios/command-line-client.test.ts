/** `pomona` as a client of a server that runs elsewhere: its whole API, from a shell. */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Command } from "commander";
import type { ApiDocument } from "../../src/cli/catalog.ts";
import { addClientCommands, exitCodeOf } from "../../src/cli/client-commands.ts";
import { makePkg } from "../tools/archives.ts";
import { type PomonaEnd, runPomona } from "../tools/pomona-process.ts";
import { repository } from "../tools/source-tree.ts";
import { testWithProgram } from "../tools/programs.ts";
import { type TestApp, startTestApp } from "../tools/test-app.ts";

let testApp: TestApp;
let env: Record<string, string> = {};

beforeAll(async () => {
  testApp = await startTestApp();
  env = {
    POMONA_URL: testApp.app.baseUrl.origin,
    POMONA_TOKEN: testApp.token.reveal(),
  };
});
afterAll(() => testApp.close());

const document = JSON.parse(readFileSync(join(repository, "openapi.json"), "utf8")) as ApiDocument;

type Run = { readonly environment?: Record<string, string>; readonly input?: string };

/** The client's commands in this process, which is what `main.ts` makes of them, without the time to start it. */
async function run(args: readonly string[], { environment = env, input = "" }: Run = {}): Promise<PomonaEnd> {
  let [output, errors] = ["", ""];
  const program = new Command("pomona");
  program.command("doctor");
  addClientCommands(program, {
    document,
    environment,
    file: loginFile(),
    write: (text) => {
      output += text.toString();
    },
    tell: (line) => {
      errors += `${line}\n`;
    },
    readFile: (path) => (path === "-" ? input : readFileSync(path, "utf8")),
    askToken: async () => input,
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return { code: 0, output, errors };
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === null) throw error;
    return { code, output, errors: `${(error as Error).message}\n` };
  }
}

const loginFile = (): string => join(testApp.folder, "config", "pomona.json");

function pomona(...args: string[]): Promise<PomonaEnd> {
  return run(args);
}

async function json(...args: string[]): Promise<unknown> {
  const { code, output, errors } = await pomona(...args, "--json");
  expect([code, errors]).toEqual([0, ""]);
  return JSON.parse(output) as unknown;
}

describe("the client", () => {
  test("makes, lists, shows, changes and deletes an object", async () => {
    const made = (await json("tags", "create", "--name", "From a shell", "--color", "ff0000")) as {
      id: number;
    };
    const id = String(made.id);
    expect(await json("tags", "list")).toMatchObject([{ id: made.id, name: "From a shell" }]);
    expect((await pomona("tags", "list")).output).toMatch(/^ID +.*NAME.*\n.*From a shell/);
    const changed = await json("tags", "update", id, "--data", '{"name":"Renamed"}', "--color", "00ff00");
    expect(changed).toMatchObject({ name: "Renamed", color: "00ff00" });
    expect((await pomona("tags", "show", id)).output).toMatch(/^name +Renamed$/m);
    expect(await pomona("tags", "delete", id)).toEqual({ code: 0, output: "", errors: "" });
    expect(await pomona("tags", "show", id)).toMatchObject({ code: 1, output: "" });
  });

  test("follows the pages of a list when asked for all", async () => {
    for (const name of ["a", "b", "c"]) await pomona("push-certificates", "create", "--name", name);
    const page = await pomona("push-certificates", "list", "--limit", "2", "--json");
    expect(JSON.parse(page.output)).toHaveLength(2);
    expect(page.errors).toContain("There are more");
    expect(await json("push-certificates", "list", "--limit", "2", "--all")).toHaveLength(3);
  });

  test("says what the server refused, field by field, and exits with 1", async () => {
    expect(await pomona("tags", "create")).toEqual({
      code: 1,
      output: "",
      errors: "name: This field is required.\n",
    });
    expect(await pomona("devices", "show", "999999")).toMatchObject({ code: 1, output: "" });
    const { code, errors } = await run(["devices", "list"], {
      environment: { ...env, POMONA_TOKEN: "wrong" },
    });
    expect([code, errors]).toEqual([1, "Invalid token.\n"]);
  });

  test("exits with 2 when it is not told enough, and with 3 when nobody answers", async () => {
    const listed = (environment: Record<string, string>) => run(["devices", "list"], { environment });
    const unnamed = await listed({});
    expect(unnamed.code).toBe(2);
    expect(unnamed.errors).toContain("pomona login URL");
    expect(await listed({ ...env, POMONA_URL: "http://mdm.example.com" })).toMatchObject({ code: 2 });
    expect((await pomona("devices", "list", "--limit", "x")).code).toBe(2);
    const absent = await listed({ ...env, POMONA_URL: "http://127.0.0.1:9" });
    expect(absent.code).toBe(3);
    expect(absent.errors).toContain("Cannot reach http://127.0.0.1:9");
  });

  test("keeps a login in a file of its owner's, and sends its token nowhere else", async () => {
    const { POMONA_URL = "", POMONA_TOKEN = "" } = env;
    const login = ["login", POMONA_URL, "--token-stdin"];
    const wrong = await run(login, { environment: {}, input: "wrong" });
    expect([wrong.code, wrong.errors]).toEqual([1, "Invalid token.\n"]);
    const right = await run(login, { environment: {}, input: `${POMONA_TOKEN}\n` });
    expect(right).toMatchObject({ code: 0, errors: `Logged in to ${POMONA_URL}\n` });
    expect(statSync(loginFile()).mode & 0o777).toBe(0o600);
    const listed = ["devices", "list", "--json"];
    expect((await run(listed, { environment: {} })).output).toBe("[]\n");
    const elsewhere = await run(listed, { environment: { POMONA_URL: "http://127.0.0.1:9" } });
    expect(elsewhere).toMatchObject({ code: 2, errors: expect.stringContaining("Name a server") });
    rmSync(loginFile());
  });

  test("is what the installed program runs", async () => {
    const made = await runPomona({ args: ["tags", "create", "--name", "By the program"], env });
    expect(made).toMatchObject({ code: 0, errors: "" });
    expect(made.output).toMatch(/^name +By the program$/m);
    const refused = await runPomona({ args: ["tags", "create"], env });
    expect(refused).toEqual({ code: 1, output: "", errors: "name: This field is required.\n" });
  });

  test("writes files where it is told", async () => {
    const certificate = (await json("push-certificates", "create", "--name", "With a file")) as {
      id: number;
    };
    const { output } = await pomona("push-certificates", "csr", String(certificate.id));
    expect(output).toMatch(/^csr +-----BEGIN CERTIFICATE REQUEST-----/);
    const unit = (await json("meta-business-units", "create", "--name", "Unit")) as { id: number };
    const [issuer] = (await json("scep-issuers", "list")) as { id: string }[];
    const body = join(testApp.folder, "enrollment.json");
    writeFileSync(body, JSON.stringify({ enrollment_secret: { meta_business_unit: unit.id } }));
    const flags = [
      "--name",
      "OTA",
      "--push-certificate",
      String(certificate.id),
      "--scep-issuer",
      issuer?.id ?? "",
    ];
    const made = (await json("ota-enrollments", "create", "--data", `@${body}`, ...flags)) as { id: number };
    const file = join(testApp.folder, "ota.mobileconfig");
    const end = await pomona("ota-enrollments", "profile", String(made.id), "--output", file);
    expect(end).toMatchObject({ code: 0, output: "", errors: "" });
    expect(readFileSync(file).includes("Profile Service")).toBe(true);
  });

  test("a package is uploaded, and made of what the answer says", async () => {
    const file = join(testApp.folder, "agent.pkg");
    writeFileSync(file, makePkg());
    const { uri, sha256 } = (await json("files", "upload", file)) as { uri: string; sha256: string };
    const flags = ["--name", "Agent", "--source-uri", uri, "--sha256", sha256];
    expect(await json("packages", "create", ...flags)).toMatchObject({ filename: "agent.pkg" });
    expect(await pomona("files", "upload", `${file}.none`)).toMatchObject({ code: 2, output: "" });
  });
});

describe("completion", () => {
  testWithProgram(["bash"], "in bash offers resources, verbs and flags", async (bash) => {
    const { output } = await pomona("completion", "bash");
    const complete = (...words: string[]): string[] => {
      const script = `${output}\nCOMP_WORDS=(pomona ${words.map((word) => `'${word}'`).join(" ")})
        COMP_CWORD=${words.length}; _pomona; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return execFileSync(bash as string, ["-c", script], { encoding: "utf8" })
        .trim()
        .split("\n");
    };
    expect(complete("dev")).toEqual(expect.arrayContaining(["devices", "device-commands"]));
    expect(complete("dev").every((word) => word.startsWith("dev"))).toBe(true);
    expect(complete("devices", "lo")).toEqual(["location", "lock"]);
    expect(complete("devices", "lock", "--p")).toEqual(["--phone-number", "--pin"]);
    expect(complete("doc")).toEqual(["doctor"]);
  });

  test.each(["zsh", "fish"])("in %s names the commands", async (shell) => {
    const { code, output } = await pomona("completion", shell);
    expect(code).toBe(0);
    expect(output).toContain("push-certificates");
    expect(output).toContain("lock");
  });

  testWithProgram(["zsh"], "in zsh is a script that zsh reads", async (zsh) => {
    const { output } = await pomona("completion", "zsh");
    execFileSync(zsh as string, ["-n"], { input: output });
  });

  testWithProgram(["fish"], "in fish is a script that fish reads", async (fish) => {
    const { output } = await pomona("completion", "fish");
    // fish reads scripts from files, and not from the kind of pipe that Node makes.
    const script = join(testApp.folder, "pomona.fish");
    writeFileSync(script, output);
    execFileSync(fish as string, ["-n", script]);
  });
});
