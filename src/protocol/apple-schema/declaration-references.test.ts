import { describe, expect, test } from "vitest";
import { declarationReferencePaths } from "./declaration-references.ts";
import { declarationFamily } from "./schema-tables.ts";

const prefix = "com.apple.configuration.";
const pathsOf = (type: string): string[] =>
  declarationReferencePaths(`${prefix}${type}`)?.references.map(({ path }) => path.join("/")) ?? [];

describe("where declarations refer to others", () => {
  test("is known for all types of Apple's schema, and for no other", () => {
    const types = declarationFamily.names();
    expect(types).toHaveLength(58);
    for (const type of types) expect(declarationReferencePaths(type)).not.toBeNull();
    for (const type of ["any", "yolo", "constructor", ""]) expect(declarationReferencePaths(type)).toBeNull();
  });

  test("is in the configurations that an activation activates", () => {
    expect(declarationReferencePaths("com.apple.activation.simple")).toStrictEqual({
      references: [{ path: ["StandardConfigurations", "*"], assetTypes: ["com.apple.configuration.*"] }],
      manifests: [],
    });
  });

  test("is in dictionaries and lists, with the types that are taken", () => {
    expect(declarationReferencePaths(`${prefix}account.mail`)?.references).toContainEqual({
      path: ["IncomingServer", "AuthenticationCredentialsAssetReference"],
      assetTypes: ["com.apple.asset.credential.userpassword"],
    });
    expect(pathsOf("services.background-tasks")).toEqual([
      "ExecutableAssetReference",
      "LaunchdConfigurations/*/FileAssetReference",
    ]);
    expect(pathsOf("watch.enrollment")).toEqual(["AnchorCertificateAssetReferences/*"]);
    expect(pathsOf("network.relay")).toContain("Relays/*/PublicKeyData/*");
    expect(pathsOf("app.managed").filter((path) => path.includes("ANY"))).toEqual([
      "ExtensionConfigs/ANY/DataAssetReference",
      "ExtensionConfigs/ANY/Passwords/*/AssetReference",
      "ExtensionConfigs/ANY/Identities/*/AssetReference",
      "ExtensionConfigs/ANY/Certificates/*/AssetReference",
    ]);
  });

  test.each([
    "account.caldav",
    "account.carddav",
    "account.exchange",
    "account.google",
    "account.ldap",
    "account.subscribed-calendar",
    "content-cache.settings",
    "extensible-sso",
    "legacy",
    "legacy.interactive",
    "management.test",
    "network.dns-settings",
    "network.vpn.always-on",
    "network.vpn.ikev2",
    "network.vpn.ipsec",
    "network.vpn.vpn-plugin",
    "screensharing.connection",
    "security.certificate",
    "security.identity",
    "security.passkey.attestation",
    "services.configuration-files",
    "webcontent-filter.plugin",
  ])("is told for %s", (type) => {
    expect(pathsOf(type).length).toBeGreaterThan(0);
  });

  test("manifests are named in applications and packages alone", () => {
    const withManifest = declarationFamily
      .names()
      .filter((type) => (declarationReferencePaths(type)?.manifests.length ?? 0) > 0);
    expect(withManifest).toEqual([`${prefix}app.managed`, `${prefix}package`]);
    expect(declarationReferencePaths(`${prefix}package`)?.manifests).toEqual([["ManifestURL"]]);
  });

  test("what is inside itself is left open", () => {
    expect(pathsOf("safari.bookmarks")).toEqual([]);
  });
});
