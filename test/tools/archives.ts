/** Makes archives: whole ones, and ones that lie. Written from the formats, not from our readers. */
import { createHash, type KeyObject, sign } from "node:crypto";
import { crc32, deflateRawSync, deflateSync } from "node:zlib";

export type XarFile = {
  /** With slashes; the folders on the way are made. */
  readonly path: string;
  readonly bytes: Buffer | string;
  readonly isPlain?: boolean;
};

export type XarOptions = {
  /** Changes the table of contents before it is compressed. */
  readonly editToc?: (toc: string) => string;
  /** Announces another size of the table than it has. */
  readonly tocSize?: bigint;
  readonly checksumStyle?: "sha1" | "sha256";
  readonly signer?: XarSigner;
};

export type XarSigner = {
  /** In DER, the signer's first. */
  readonly certificates: readonly Buffer[];
  readonly key: KeyObject;
  /** Changes the signature's element of the table of contents. */
  readonly edit?: (element: string) => string;
  readonly style?: string;
};

/** A xar archive with a checksum, in the way of `xar` and `productbuild`. */
export function makeXar(files: readonly XarFile[], options: XarOptions = {}): Buffer {
  const style = options.checksumStyle ?? "sha1";
  const checksumBytes = style === "sha1" ? 20 : 32;
  const heap: Buffer[] = [Buffer.alloc(checksumBytes)];
  const { signer } = options;
  const signatureBytes = (signer?.key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  // As productsign writes it: behind the checksum, which is what is signed.
  if (signer !== undefined) heap.push(Buffer.alloc(signatureBytes));
  let offset = checksumBytes + signatureBytes;
  let id = 0;
  const element = ({ path, bytes, isPlain = false }: XarFile): string => {
    const content = Buffer.from(bytes as string);
    const stored = isPlain ? content : deflateSync(content);
    const encoding = isPlain ? "application/octet-stream" : "application/x-gzip";
    const digest = createHash("sha1").update(content).digest("hex");
    const data =
      `<data><length>${stored.length}</length><encoding style="${encoding}"/><offset>${offset}</offset>` +
      `<size>${content.length}</size><extracted-checksum style="sha1">${digest}</extracted-checksum></data>`;
    heap.push(stored);
    offset += stored.length;
    const [name = "", ...folders] = path.split("/").reverse();
    const file = `<file id="${++id}"><name>${name}</name><type>file</type>${data}</file>`;
    const nest = (inner: string, folder: string): string =>
      `<file id="${++id}"><name>${folder}</name><type>directory</type>${inner}</file>`;
    return folders.reduce(nest, file);
  };
  const elements = files.map(element).join("");
  const checksum = `<checksum style="${style}"><offset>0</offset><size>${checksumBytes}</size></checksum>`;
  const toc = `<?xml version="1.0" encoding="UTF-8"?>\n<xar><toc>${checksum}${signatureElement(signer, { checksumBytes, signatureBytes })}${elements}</toc></xar>`;
  const tocBytes = Buffer.from(options.editToc?.(toc) ?? toc);
  const compressed = deflateSync(tocBytes);
  heap[0] = createHash(style).update(compressed).digest();
  if (signer !== undefined) heap[1] = sign(style, compressed, signer.key);
  const header = Buffer.alloc(28);
  header.write("xar!", 0, "latin1");
  header.writeUInt16BE(28, 4);
  header.writeUInt16BE(1, 6);
  header.writeBigUInt64BE(BigInt(compressed.length), 8);
  header.writeBigUInt64BE(options.tocSize ?? BigInt(tocBytes.length), 16);
  header.writeUInt32BE(style === "sha1" ? 1 : 3, 24);
  return Buffer.concat([header, compressed, ...heap]);
}

function signatureElement(
  signer: XarSigner | undefined,
  { checksumBytes, signatureBytes }: { readonly checksumBytes: number; readonly signatureBytes: number },
): string {
  if (signer === undefined) return "";
  const { certificates, style = "RSA", edit = (element) => element } = signer;
  const chain = certificates.map((der) => `<X509Certificate>${der.toString("base64")}</X509Certificate>`);
  return edit(
    `<signature style="${style}"><offset>${checksumBytes}</offset><size>${signatureBytes}</size>` +
      `<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>${chain.join("")}</X509Data></KeyInfo></signature>`,
  );
}

export type ZipFile = {
  readonly name: string;
  readonly bytes: Buffer | string;
  readonly isPlain?: boolean;
  /** What the directory says instead of the truth. */
  readonly lies?: {
    readonly size?: number;
    readonly crc?: number;
    readonly offset?: number;
    readonly flags?: number;
  };
};

export type ZipOptions = {
  readonly isZip64?: boolean;
  readonly comment?: string;
  /** Stands in front of the first entry; offsets count from the file's beginning. */
  readonly prefix?: Buffer;
  /** The count of entries that the end record announces. */
  readonly count?: number;
};

/** A zip archive, with 64-bit fields when asked for. */
export function makeZip(files: readonly ZipFile[], options: ZipOptions = {}): Buffer {
  const prefix = options.prefix ?? Buffer.alloc(0);
  const parts = [prefix];
  const directory: Buffer[] = [];
  let offset = prefix.length;
  for (const file of files) {
    const local = localEntry(file);
    directory.push(directoryEntry(file, { offset, isZip64: options.isZip64 ?? false }));
    parts.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  return Buffer.concat([
    ...parts,
    entries,
    endOf(entries.length, { offset, count: files.length, ...options }),
  ]);
}

function stored({ bytes, isPlain = false }: ZipFile): { readonly content: Buffer; readonly data: Buffer } {
  const content = Buffer.from(bytes as string);
  return { content, data: isPlain ? content : deflateRawSync(content) };
}

function localEntry(file: ZipFile): Buffer {
  const { content, data } = stored(file);
  const name = Buffer.from(file.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(file.isPlain === true ? 0 : 8, 8);
  header.writeUInt32LE(crc32(content), 14);
  header.writeUInt32LE(data.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name, data]);
}

function directoryEntry(file: ZipFile, { offset, isZip64 }: { offset: number; isZip64: boolean }): Buffer {
  const { content, data } = stored(file);
  const name = Buffer.from(file.name);
  const {
    size = content.length,
    crc = crc32(content),
    offset: saidOffset = offset,
    flags = 0,
  } = file.lies ?? {};
  const extra = Buffer.alloc(isZip64 ? 28 : 0);
  if (isZip64) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    extra.writeBigUInt64LE(BigInt(size), 4);
    extra.writeBigUInt64LE(BigInt(data.length), 12);
    extra.writeBigUInt64LE(BigInt(saidOffset), 20);
  }
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(file.isPlain === true ? 0 : 8, 10);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(isZip64 ? 0xffffffff : data.length, 20);
  header.writeUInt32LE(isZip64 ? 0xffffffff : size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(isZip64 ? 0xffffffff : saidOffset, 42);
  return Buffer.concat([header, name, extra]);
}

function endOf(
  length: number,
  options: ZipOptions & { readonly offset: number; readonly count: number },
): Buffer {
  const { offset, count, isZip64 = false, comment = "" } = options;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(isZip64 ? 0xffff : count, 8);
  end.writeUInt16LE(isZip64 ? 0xffff : count, 10);
  end.writeUInt32LE(isZip64 ? 0xffffffff : length, 12);
  end.writeUInt32LE(isZip64 ? 0xffffffff : offset, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  if (!isZip64) return Buffer.concat([end, Buffer.from(comment)]);
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(length), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + length), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end, Buffer.from(comment)]);
}

/** The XML of a product archive's `Distribution`. */
export function makeDistribution(body: string, title = "Sample Agent"): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<installer-gui-script minSpecVersion="1"><title>${title}</title>${body}</installer-gui-script>`;
}

const sampleBundle =
  '<pkg-ref id="io.sample.agent"><bundle-version><bundle CFBundleShortVersionString="1.2" ' +
  'CFBundleVersion="12" id="io.sample.agent" path="Applications/Agent.app"/></bundle-version></pkg-ref>';

/** A product archive that can be installed, as far as anybody who reads it can tell. */
export function makePkg(
  facts: { readonly id?: string; readonly version?: string; readonly payload?: Buffer } = {},
  options: XarOptions = {},
): Buffer {
  const { id = "io.sample.agent", version = "1.2", payload = Buffer.from("payload") } = facts;
  const distribution = makeDistribution(`<product id="${id}" version="${version}"/>${sampleBundle}`);
  const files = [
    { path: "agent.pkg/Payload", bytes: payload, isPlain: true },
    { path: "Distribution", bytes: distribution },
  ];
  return makeXar(files, options);
}

/** An app archive around an information property list. */
export function makeIpa(infoPlist: Buffer | string): Buffer {
  return makeZip([
    { name: "Payload/", bytes: "", isPlain: true },
    { name: "Payload/Agent.app/Agent", bytes: "binary" },
    { name: "Payload/Agent.app/Info.plist", bytes: infoPlist },
  ]);
}
