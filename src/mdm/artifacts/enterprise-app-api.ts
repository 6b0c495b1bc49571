/** The operators' door to enterprise apps (http-api 2.14). */
import { type Static, Type } from "typebox";
import { sha256Pattern } from "#mdm/files/stored-file.ts";
import { nullable } from "#platform/http/wire-fields.ts";
import { configurationCharactersMax } from "./app-configuration.ts";
import { readVersionBlock, versionBlockFields, versionBlockView } from "./artifact-version-api.ts";
import type { EnterpriseApp } from "./enterprise-app.ts";
import {
  bringEnterpriseApp,
  type BroughtPackage,
  createEnterpriseApp,
  deleteEnterpriseApp,
  type EnterpriseAppDeps,
  type EnterpriseAppWrite,
  listEnterpriseApps,
  updateEnterpriseApp,
} from "./enterprise-app-operations.ts";
import { packageFactsView, packageSignatureView } from "./package-wire.ts";
import { versionEndpoints } from "./version-endpoints-api.ts";

const Body = Type.Object({
  ...versionBlockFields,
  package_uri: Type.String({ minLength: 1, maxLength: 2048, description: "s3:, https: or pomona: URI" }),
  package_sha256: Type.String({ pattern: sha256Pattern }),
  ios_app: Type.Optional(Type.Boolean({ default: false })),
  configuration: Type.Optional(
    nullable(Type.String({ maxLength: configurationCharactersMax, default: null })),
  ),
  install_as_managed: Type.Optional(Type.Boolean({ default: false })),
  installed_as_managed: Type.Optional(
    Type.Boolean({ description: "What older clients call install_as_managed, which wins" }),
  ),
  remove_on_unenroll: Type.Optional(Type.Boolean({ default: false })),
});

const View = Type.Object({
  ...versionBlockView,
  package_uri: Type.String(),
  package_sha256: Type.String(),
  package_size: Type.Integer(),
  ...packageFactsView,
  ios_app: Type.Boolean(),
  configuration: nullable(Type.String()),
  install_as_managed: Type.Boolean(),
  remove_on_unenroll: Type.Boolean(),
  ...packageSignatureView,
});

function writeOf(body: Static<typeof Body>, brought: BroughtPackage): EnterpriseAppWrite {
  return {
    input: readVersionBlock(body),
    packageUri: body.package_uri,
    configuration: body.configuration ?? null,
    options: {
      iosApp: body.ios_app ?? false,
      installAsManaged: body.install_as_managed ?? body.installed_as_managed ?? false,
      removeOnUnenroll: body.remove_on_unenroll ?? false,
    },
    brought,
  };
}

function view(app: EnterpriseApp) {
  return {
    package_uri: app.packageUri,
    package_sha256: app.packageSha256,
    package_size: app.packageSize,
    filename: app.filename,
    product_id: app.productId,
    product_version: app.productVersion,
    bundles: app.bundles,
    manifest: app.manifest,
    ios_app: app.iosApp,
    configuration: app.configuration,
    install_as_managed: app.installAsManaged,
    remove_on_unenroll: app.removeOnUnenroll,
    signature: app.signature,
  };
}

/** List, create, read, update, delete. */
export const enterpriseAppEndpoints = versionEndpoints<EnterpriseAppDeps, typeof Body, BroughtPackage>({
  kind: "enterprise app",
  plural: "enterprise_apps",
  singular: "enterprise_app",
  body: Body,
  view: View,
  prepare: (deps, op, { id, body }) =>
    bringEnterpriseApp(op, deps, { id, uri: body.package_uri, sha256: body.package_sha256 }),
  create: (deps, op, body, prepared) => createEnterpriseApp(op, deps, writeOf(body, prepared)),
  update: (deps, op, { id, body, prepared }) =>
    updateEnterpriseApp(op, deps, { id, ...writeOf(body, prepared) }),
  remove: (deps, op, id) => deleteEnterpriseApp(op, deps, id),
  viewPayloads: async (deps, reader, ids) =>
    new Map((await listEnterpriseApps(reader, deps, ids)).map((app) => [app.id, view(app)])),
});
