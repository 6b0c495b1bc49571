/** `pomona mdmcerts`: its arguments (console-ops 4.1). */
import { Command } from "commander";
import { initVendor, type MdmcertsContext, requestPush, signRequest } from "./mdmcerts.ts";
import { passwordsFromStandardInput, passwordsFromTerminal } from "./password-source.ts";

type SharedFlags = { readonly dir: string; readonly passwordsStdin?: boolean; readonly force?: boolean };
type AppleFlags = { readonly wwdr: string; readonly root: string };

/** Builds the command with its three subcommands. */
export function buildMdmcertsCommand(): Command {
  const mdmcerts = new Command("mdmcerts")
    .description("Keys and requests of an MDM vendor, and push certificate requests signed with them")
    .option("-d, --dir <dir>", "folder of the files", "mdm_certificates")
    .option(
      "--passwords-stdin",
      "read passwords from standard input, one a line, in the order they are asked",
    )
    .option("--force", "replace files that are there already; keys replaced are lost");
  const context = (): MdmcertsContext => contextOf(mdmcerts.opts<SharedFlags>());

  mdmcerts
    .command("init")
    .description("Make vendor.key and vendor.csr; Apple's answer to the CSR is saved as vendor.crt")
    .action(() => initVendor(context()));
  addAppleFlags(
    mdmcerts
      .command("req <country>")
      .description("Make push.key, push.csr and push.b64, the file for Apple's Push Certificates Portal")
      .option("-p, --prefix <text>", "put in front of the three file names", ""),
  ).action((country: string, { prefix, wwdr, root }: AppleFlags & { readonly prefix: string }) =>
    requestPush(context(), { country, prefix, apple: { wwdr, root } }),
  );
  addAppleFlags(
    mdmcerts
      .command("sign_req <csr>")
      .description("Sign a push certificate request made elsewhere, and write <csr>.b64"),
  ).action((path: string, apple: AppleFlags) => signRequest(context(), { path, apple }));
  return mdmcerts;
}

function addAppleFlags(command: Command): Command {
  return command
    .requiredOption(
      "--wwdr <file>",
      "Apple's Worldwide Developer Relations certificate (G3), from apple.com/certificateauthority",
    )
    .requiredOption("--root <file>", "the Apple Inc. Root certificate, from the same page");
}

function contextOf(flags: SharedFlags): MdmcertsContext {
  return {
    folder: flags.dir,
    passwords: flags.passwordsStdin === true ? passwordsFromStandardInput() : passwordsFromTerminal(),
    say: (text) => process.stderr.write(text),
    replaces: flags.force ?? false,
  };
}
