/** Where `pomona mdmcerts` has its passwords from: a terminal that does not echo, or standard input. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/** Asks for the passwords of private keys. */
export type PasswordSource = {
  /** A password to be set; a terminal asks twice. */
  readonly choose: (what: string) => Promise<string>;
  /** A password that was set earlier. */
  readonly recall: (what: string) => Promise<string>;
};

/** A password that cannot be had, or cannot be used; the message is for the operator. */
export class PasswordError extends Error {}

/** OpenSSL's own tools refuse to set shorter ones. */
export const passwordCharactersMin = 4;
/** OpenSSL's tools read no longer ones. */
export const passwordBytesMax = 1_023;

/** Reads passwords from lines, in the order in which they are asked for. */
export function passwordsFromLines(text: string): PasswordSource {
  const lines = text.split(/\r?\n/);
  const next = async (what: string): Promise<string> => {
    const line = lines.shift();
    if (line === undefined || line === "") throw new PasswordError(`Standard input has no line for: ${what}`);
    return line;
  };
  return { choose: async (what) => requireUsable(await next(what)), recall: next };
}

/** Reads all of standard input, for `--passwords-stdin`. */
export function passwordsFromStandardInput(): PasswordSource {
  return passwordsFromLines(readFileSync(0, "utf8"));
}

/** Asks on the terminal, without showing what is typed. */
export function passwordsFromTerminal(): PasswordSource {
  return {
    choose: async (what) => {
      const password = requireUsable(await ask(`${what}: `));
      if ((await ask(`${what}, again: `)) !== password) throw new PasswordError("The passwords differ");
      return password;
    },
    recall: (what) => ask(`${what}: `),
  };
}

function requireUsable(password: string): string {
  if (password.length < passwordCharactersMin) {
    throw new PasswordError(`The password must have at least ${passwordCharactersMin} characters`);
  }
  if (Buffer.byteLength(password) > passwordBytesMax) throw new PasswordError("The password is too long");
  return password;
}

function ask(prompt: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new PasswordError("There is no terminal to ask for passwords on; use --passwords-stdin");
  }
  process.stderr.write(prompt);
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silence, terminal: true });
  return new Promise((resolve, reject) => {
    reader.once("SIGINT", () => {
      reader.close();
      reject(new PasswordError("Interrupted"));
    });
    reader.question("", (answer) => {
      process.stderr.write("\n");
      reader.close();
      resolve(answer);
    });
  });
}
