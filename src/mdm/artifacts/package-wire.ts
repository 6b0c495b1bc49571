/** The members that packages and enterprise apps have in common on the wire (http-api 2.14). */
import { Type } from "typebox";

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
