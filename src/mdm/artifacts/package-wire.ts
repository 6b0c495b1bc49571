/** The members that packages and enterprise apps have in common on the wire (http-api 2.14). */
import { Type } from "typebox";
import { nullable } from "#platform/http/wire-fields.ts";

const Asset = Type.Object({
  kind: Type.String(),
  "md5-size": Type.Integer(),
  md5s: Type.Array(Type.String()),
  "sha256-size": Type.Integer(),
  sha256s: Type.Array(Type.String()),
});

const Metadata = Type.Object({
  kind: Type.String(),
  title: Type.String(),
  "bundle-identifier": Type.String(),
  "bundle-version": Type.String(),
  "platform-identifier": Type.Optional(Type.String()),
});

const Signature = Type.Object(
  {
    is_intact: Type.Boolean({
      description: "The signature is that of this file by the key of its certificate",
    }),
    common_name: nullable(Type.String()),
    organization: nullable(Type.String()),
    organizational_unit: nullable(
      Type.String({ description: "The team identifier, in certificates of Apple's" }),
    ),
    issuer_common_name: nullable(Type.String()),
    certificate_sha256: nullable(Type.String()),
    not_before: nullable(Type.String()),
    not_after: nullable(Type.String()),
  },
  {
    description:
      "What a product archive says of its signer; nothing is decided by it. Null when it is not signed",
  },
);

/** Who signed a product archive. Ours: the reference does not say. */
export const packageSignatureView = {
  signature: nullable(Signature),
};

/** What a file says of itself. */
export const packageFactsView = {
  filename: Type.String(),
  product_id: Type.String(),
  product_version: Type.String(),
  bundles: Type.Array(
    Type.Object({
      version_str: Type.String(),
      version: Type.String(),
      id: Type.String(),
      path: Type.Optional(Type.String()),
    }),
  ),
  manifest: Type.Object(
    { items: Type.Array(Type.Object({ assets: Type.Array(Asset), metadata: Metadata })) },
    { description: "Apple's manifest, without the URL of the file" },
  ),
};
