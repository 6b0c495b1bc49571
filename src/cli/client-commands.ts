/** The client of the API as commands of `pomona`: one per endpoint, plus `login` and `completion`. */
import { openAsBlob, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { Argument, Command } from "commander";
import { Secret } from "#platform/secret.ts";
import {
  ApiRefusedError,
  listRows,
  parseAnswer,
  parseServerUrl,
  sendRequest,
  ServerFailedError,
} from "./api-connection.ts";
import { type ApiCommand, type ApiDocument, type CommandFlag, readCatalog } from "./catalog.ts";
import { completionShells, type CompletionShell, writeCompletion } from "./completion.ts";
import { type CredentialSources, findServer, keepServer } from "./credentials.ts";
import { buildRequest, CliUsageError, type ReadFile } from "./request.ts";
import { formatObject, formatTable } from "./text-table.ts";

export type ClientDeps = CredentialSources & {
  readonly document: ApiDocument;
  /** Writes to standard output, without adding a line end. */
  readonly write: (text: string | Uint8Array) => void;
  /** What is for people alone, such as that there are more pages. */
  readonly tell: (line: string) => void;
  readonly readFile: ReadFile;
  /** Asks for a token without showing it. */
  readonly askToken: () => Promise<string>;
};

type ClientFlags = {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly data?: string;
  readonly output?: string;
  readonly [flag: string]: unknown;
};

const group = "Client of a server:";

/** Adds every command of the client to the program. */
export function addClientCommands(program: Command, deps: ClientDeps): void {
  const catalog = readCatalog(deps.document).map(nameUpload);
  const others = [...program.commands.map((command) => command.name()), "login", "completion"];
  for (const [resource, commands] of Map.groupBy(catalog, (command) => command.resource)) {
    const parent = program
      .command(resource)
      .description(`${commands.map(({ verb }) => verb).join(", ")}`)
      .helpGroup(group);
    for (const command of commands) parent.addCommand(buildCommand(command, deps));
  }
  program.addCommand(buildLogin(deps));
  program
    .command("completion")
    .helpGroup(group)
    .description("Print the completion of a shell: source <(pomona completion bash)")
    .addArgument(new Argument("<shell>").choices(completionShells))
    .action((shell: CompletionShell) => deps.write(writeCompletion(shell, { others, commands: catalog })));
}

function buildCommand(api: ApiCommand, deps: ClientDeps): Command {
  const command = new Command(api.verb).description(api.summary);
  for (const parameter of api.parameters) command.argument(`<${parameter}>`);
  for (const flag of api.flags) command.option(`--${flag.flag} <value>`, describeFlag(flag));
  if (api.hasBody)
    command.option("--data <json>", "the whole input as JSON; @file reads a file, - standard input");
  if (api.isList) command.option("--all", "every page instead of the first");
  if (api.isFile) command.option("-o, --output <file>", "write the file here instead of to standard output");
  else command.option("--json", "print JSON");
  if (api.permissions.length > 0) command.addHelpText("after", `\nNeeds: ${api.permissions.join(", ")}`);
  return command.action(async () => {
    await run(api, deps, { parameters: command.args, flags: command.opts<ClientFlags>() });
  });
}

function describeFlag({ description, choices, isRequired }: CommandFlag): string {
  const ends = [choices.length > 0 ? `one of ${choices.join(", ")}` : "", isRequired ? "required" : ""];
  const end = ends.filter((part) => part !== "").join("; ");
  return end === "" ? description : `${description} (${end})`.trim();
}

async function run(
  api: ApiCommand,
  deps: ClientDeps,
  { parameters, flags }: { readonly parameters: readonly string[]; readonly flags: ClientFlags },
): Promise<void> {
  const server = findServer(deps);
  const named = Object.entries(flags).flatMap(([name, value]) =>
    typeof value === "string"
      ? [[name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value] as const]
      : [],
  );
  const input = { parameters, flags: Object.fromEntries(named), data: flags.data ?? null };
  const request = isUpload(api)
    ? { method: api.method, target: api.path, body: await readForm(parameters[0] ?? "") }
    : buildRequest(api, input, deps.readFile);
  if (api.isList) {
    const { rows, hasMore } = await listRows(server, request, { isAll: flags.all ?? false });
    deps.write(flags.json === true ? `${JSON.stringify(rows, null, 2)}\n` : lines(formatTable(rows)));
    if (hasMore) deps.tell("There are more: use --all, or --limit and --offset");
    return;
  }
  const answer = await sendRequest(server, request);
  if (api.isFile) {
    if (flags.output === undefined) deps.write(answer.body);
    else writeFileSync(flags.output, answer.body);
  } else if (answer.body.length > 0) {
    const value = parseAnswer(answer);
    deps.write(flags.json === true ? `${JSON.stringify(value, null, 2)}\n` : lines(formatObject(value)));
  }
}

function isUpload({ operationId }: ApiCommand): boolean {
  return operationId === "uploadFile";
}

/** `files upload <file>`: the one command whose input is a file and nothing else. */
function nameUpload(api: ApiCommand): ApiCommand {
  return isUpload(api) ? { ...api, verb: "upload", parameters: ["file"] } : api;
}

/** A form with the file, which is read while it is sent. */
async function readForm(path: string): Promise<FormData> {
  const form = new FormData();
  try {
    form.append("file", await openAsBlob(path), basename(path));
  } catch (error) {
    throw new CliUsageError(`Cannot read "${path}"`, { cause: error });
  }
  return form;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

function buildLogin(deps: ClientDeps): Command {
  return new Command("login")
    .helpGroup(group)
    .description("Keep the address of a server and an API token for the commands of the client")
    .argument("<url>")
    .option("--token-stdin", "read the token from standard input")
    .action(async (address: string, flags: { readonly tokenStdin?: boolean }) => {
      const url = parseServerUrl(address);
      const text = flags.tokenStdin === true ? deps.readFile("-") : await deps.askToken();
      const server = { url, token: new Secret(text.trim()) };
      await verifyToken(server);
      keepServer(deps.file, server);
      deps.tell(`Logged in to ${url.origin}`);
    });
}

/** Any endpoint tells whether a token is known: what its owner may do is another question. */
async function verifyToken(server: Parameters<typeof sendRequest>[0]): Promise<void> {
  try {
    await sendRequest(server, { method: "GET", target: "/api/mdm/devices/?limit=1", body: null });
  } catch (error) {
    if (!(error instanceof ApiRefusedError) || error.status === 401) throw error;
  }
}

/** Exit codes: 1 refused by the server, 2 not given in the right way, 3 no answer or a failing server. */
export function exitCodeOf(error: unknown): number | null {
  if (error instanceof ApiRefusedError) return 1;
  if (error instanceof CliUsageError) return 2;
  return error instanceof ServerFailedError ? 3 : null;
}
