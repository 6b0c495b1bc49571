/** InstallEnterpriseApplication: a Mac fetches a package by its manifest, checks every chunk, and installs it later. */
import { createHash } from "node:crypto";
import { readByteRanges } from "#platform/archive/ranges.ts";
import { ArchiveError } from "#platform/archive/ranges.ts";
import { readXarDirectory, readXarEntry } from "#platform/archive/xar.ts";
import {
  booleanAt,
  dictionariesAt,
  dictionaryAt,
  integerAt,
  nonEmptyStringAt,
  stringsAt,
} from "#protocol/plist/access.ts";
import type { PlistDictionary } from "#protocol/plist/value.ts";
import type { CommandContext } from "./command-answers.ts";
import { acknowledged, commandError, commandFormatError } from "./device-state.ts";
import type { CommandAnswer, InstalledApplication } from "./device-state.ts";

/** Bytes of a Distribution that a device reads. */
const distributionBytesMax = 4 * 1024 * 1024;

type Asset = { readonly url: string; readonly digests: readonly string[]; readonly chunkBytes: number };

/** Takes the command; what goes wrong later shows in InstalledApplicationList, as with real Macs. */
export async function installEnterpriseApplication(context: CommandContext): Promise<CommandAnswer> {
  const { command, facts, state } = context;
  if (facts.model !== "Mac") {
    const text = "“InstallEnterpriseApplication” is not a valid request type.";
    return commandError(12_021, "MCMDMErrorDomain", text);
  }
  const manifest = dictionaryAt(command, "Manifest");
  const item = manifest === null ? undefined : dictionariesAt(manifest, "items")?.[0];
  const asset = item === undefined ? null : readAsset(item);
  if (item === undefined || asset === null) return commandFormatError;
  const isManaged = booleanAt(command, "InstallAsManaged") ?? false;
  const bytes = await fetchPackage(context, asset);
  const problem = typeof bytes === "string" ? bytes : null;
  const found = typeof bytes === "string" ? [] : bundlesOf(bytes);
  for (const bundle of found.length > 0 ? found : [bundleOfMetadata(item)]) {
    const index = state.applications.findIndex(({ identifier }) => identifier === bundle.identifier);
    if (index >= 0) state.applications.splice(index, 1);
    const pollsLeft = problem === null ? state.managed.pollsUntilInstalled : 0;
    state.applications.push({ ...bundle, isManaged, installation: { pollsLeft, problem } });
  }
  return acknowledged();
}

function readAsset(item: PlistDictionary): Asset | null {
  const asset = dictionariesAt(item, "assets")?.[0];
  if (asset === undefined) return null;
  const url = nonEmptyStringAt(asset, "url");
  const digests = stringsAt(asset, "sha256s");
  const chunkBytes = integerAt(asset, "sha256-size");
  return url === null || digests === null || chunkBytes === null || chunkBytes < 1
    ? null
    : { url, digests, chunkBytes };
}

/** The bytes, or what is wrong with them. */
async function fetchPackage({ transport }: CommandContext, asset: Asset): Promise<Buffer | string> {
  const { status, body } = await transport.send({ url: asset.url, method: "GET" });
  if (status !== 200) return `The package was answered with ${status}`;
  const chunks = Array.from({ length: Math.ceil(body.length / asset.chunkBytes) }, (_, index) =>
    body.subarray(index * asset.chunkBytes, (index + 1) * asset.chunkBytes),
  );
  const digests = chunks.map((chunk) => createHash("sha256").update(chunk).digest("hex"));
  return digests.join() === asset.digests.join() ? body : "The package is not what its manifest says";
}

type Bundle = Omit<InstalledApplication, "isManaged" | "installation">;

function bundlesOf(bytes: Buffer): Bundle[] {
  const distribution = readDistribution(bytes);
  return [...distribution.matchAll(/<bundle\b[^>]*>/g)].flatMap(([element]) => {
    const attribute = (name: string): string | undefined =>
      new RegExp(`\\b${name}="([^"]*)"`).exec(element)?.[1];
    const identifier = attribute("id");
    const shortVersion = attribute("CFBundleShortVersionString");
    const version = attribute("CFBundleVersion");
    if (identifier === undefined || shortVersion === undefined || version === undefined) return [];
    return [{ identifier, name: identifier, shortVersion, version, bundleBytes: bytes.length }];
  });
}

function readDistribution(bytes: Buffer): string {
  try {
    const entries = readByteRanges(bytes, readXarDirectory);
    const entry = entries.find(({ path }) => path === "Distribution");
    if (entry === undefined) return "";
    const bounds = { bytesMax: distributionBytesMax };
    return readByteRanges(bytes, (size) => readXarEntry(size, entry, bounds)).toString("utf8");
  } catch (error) {
    if (error instanceof ArchiveError) return "";
    throw error;
  }
}

function bundleOfMetadata(item: PlistDictionary): Bundle {
  const metadata = dictionaryAt(item, "metadata") ?? {};
  const identifier = nonEmptyStringAt(metadata, "bundle-identifier") ?? "unknown";
  const version = nonEmptyStringAt(metadata, "bundle-version") ?? "0";
  return { identifier, name: identifier, shortVersion: version, version, bundleBytes: 0 };
}
