/** The Distribution of a product archive: which product it is, and which bundles it installs (desired-state 6.1). */
import { childOf, childText, descendantsOf, readXml, XmlError, type XmlElement } from "#platform/xml.ts";
import { type PackageBundle, type PackageFacts, PackageFileError } from "./package.ts";

/** Reads it. @throws {PackageFileError} */
export function readDistribution(bytes: Uint8Array): Omit<PackageFacts, "signature"> {
  const root = readRoot(bytes);
  const product = readProduct(root);
  return {
    name: childText(root, "title") || product.id,
    productId: product.id,
    productVersion: product.version,
    bundles: descendantsOf(root, "bundle").flatMap(readBundle),
    platforms: ["macOS"],
    platformIdentifier: null,
  };
}

function readRoot(bytes: Uint8Array): XmlElement {
  try {
    return readXml(bytes);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new PackageFileError("Invalid Distribution file", { cause: error });
  }
}

type Product = { readonly id: string; readonly version: string };

function productOf({ attributes }: XmlElement): Product {
  return { id: attributes.get("id") ?? "", version: attributes.get("version") ?? "" };
}

/** The product itself, or the first component that says what it is. */
function readProduct(root: XmlElement): Product {
  const product = childOf(root, "product");
  if (product !== null) {
    const said = productOf(product);
    for (const name of ["id", "version"] as const) {
      if (said[name] === "") throw new PackageFileError(`Missing <product/> attr: ${name}`);
    }
    return said;
  }
  const component = root.children
    .filter(({ name }) => name === "pkg-ref")
    .map(productOf)
    .find(({ id, version }) => id !== "" && version !== "");
  if (component === undefined)
    throw new PackageFileError("Missing <product/> or <pkg-ref/> attrs: id, version");
  return component;
}

/** Bundles that do not say all of it are left out. */
function readBundle({ attributes }: XmlElement): PackageBundle[] {
  const bundle = {
    version_str: attributes.get("CFBundleShortVersionString") ?? "",
    version: attributes.get("CFBundleVersion") ?? "",
    id: attributes.get("id") ?? "",
    path: attributes.get("path") ?? "",
  };
  return Object.values(bundle).includes("") ? [] : [bundle];
}
