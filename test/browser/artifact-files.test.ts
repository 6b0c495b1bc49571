/** Any file is dropped and becomes what it is; apps and certificates are written further by form. */
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { writePlist } from "#protocol/plist/write.ts";
import { makeIpa, makePkg, makeZip } from "../tools/archives.ts";
import { craftSignedData } from "../tools/craft-signed-data.ts";
import { aCa, rsaKey } from "../tools/identities.ts";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

type Json = Readonly<Record<string, unknown>>;

const identity = aCa(rsaKey("profile-signer"));

const profile = writePlist({
  PayloadContent: [
    {
      PayloadType: "com.apple.screensaver",
      PayloadIdentifier: "saver.1",
      PayloadUUID: randomUUID(),
      PayloadVersion: 1,
      idleTime: 300,
    },
  ],
  PayloadDisplayName: "Signed saver",
  PayloadIdentifier: "signed.saver",
  PayloadScope: "System",
  PayloadType: "Configuration",
  PayloadUUID: randomUUID(),
  PayloadVersion: 1,
});
const provisioning = writePlist({
  Name: "Tree app",
  UUID: randomUUID(),
  TeamIdentifier: ["ABCDE12345"],
  ProvisionsAllDevices: true,
});
const ipa = makeIpa(
  writePlist({
    CFBundleExecutable: "Phone",
    CFBundleIdentifier: "io.sample.phone",
    CFBundleShortVersionString: "2.0",
    CFBundleVersion: "20",
    DTPlatformName: "iphoneos",
    UIDeviceFamily: [1, 2],
  }),
);
const certificate = Buffer.from(
  `-----BEGIN CERTIFICATE-----\n${identity.certificate.raw.toString("base64")}\n-----END CERTIFICATE-----\n`,
);

async function drop(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page
    .locator("input[type=file]")
    .setInputFiles({ name, mimeType: "application/octet-stream", buffer });
}

/** Adds what was dropped. @returns The rows of its versions, the newest first. */
async function add(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Add artifact" }).click();
  await page.waitForURL(/\/artifacts\/[\da-f-]{36}$/).catch(async () => {
    throw new Error(await page.getByRole("main").innerText());
  });
  return page.url().split("/").at(-1) ?? "";
}

async function versionsOf(page: Page, list: string, artifact: string): Promise<readonly Json[]> {
  const answer = await page.request.get(`/api/mdm/${list}/?artifact=${artifact}`);
  const { results } = (await answer.json()) as { readonly results: readonly Json[] };
  return results.toSorted((one, other) => Number(other["version"]) - Number(one["version"]));
}

describeInBrowser("any file is dropped", (world) => {
  test.each([
    ["a signed profile", "profile", "saver.mobileconfig", craftSignedData({ identity, content: profile })],
    [
      "a provisioning profile",
      "provisioning profile",
      "tree.provisionprofile",
      craftSignedData({ identity, content: provisioning }),
    ],
    ["a declaration", "declaration", "passcode.json", declaration()],
    ["a zip", "file with data", "data.zip", makeZip([{ name: "a.txt", bytes: Buffer.from("a") }])],
    ["a property list", "file with data", "settings.plist", writePlist({ a: 1 })],
    ["an app of iPhones", "package with an app", "phone.ipa", ipa],
  ])("%s is told and stored", async (_, what, name, bytes) => {
    const page = await world.openAs(null, "/artifacts/add");
    await drop(page, name, Buffer.from(bytes));
    await page.getByText(`This is a ${what}.`).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await add(page);
  });

  test("a certificate becomes a profile that makes it trusted", async () => {
    const page = await world.openAs(null, "/artifacts/add");
    await drop(page, "Orchard CA.pem", certificate);
    await page.getByText("it becomes a profile").waitFor();
    const [version] = await versionsOf(page, "profiles", await add(page));
    const text = Buffer.from(String(version?.["source"]), "base64").toString();
    expect(text).toContain("<string>com.apple.security.root</string>");
    expect(text).toContain(identity.certificate.raw.toString("base64"));
  });

  test.each([
    ["key.pem", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----", "holds a private key"],
    ["notes.json", '{"a": 1}', "This JSON is no declaration"],
    ["picture.png", "\u0089PNG", "no file that devices can be given"],
  ])("%s is refused in words", async (name, content, sentence) => {
    const page = await world.openAs(null, "/artifacts/add");
    await drop(page, name, Buffer.from(content));
    await page.getByRole("alert").getByText(sentence).waitFor();
    expect(await page.getByRole("button", { name: "Add artifact" }).count()).toBe(0);
  });
});

function declaration(): Buffer {
  const type = "com.apple.configuration.passcode.settings";
  return Buffer.from(
    JSON.stringify({
      Type: type,
      Identifier: "passcode",
      ServerToken: "1",
      Payload: { RequirePasscode: true },
    }),
  );
}

describeInBrowser("versions by form", (world) => {
  let issuer: string;
  beforeAll(async () => {
    const made = await world.api.create("/api/mdm/scep_issuers/", {
      name: "House CA",
      url: "https://scep.example.com/ca",
      backend: "STATIC_CHALLENGE",
      static_challenge_kwargs: { challenge: "k7-orange" },
    });
    issuer = String(made["id"]);
  });

  test("an app: how it is installed is said with the file, and changed as a new version", async () => {
    const page = await world.openAs(null, "/artifacts/add");
    await drop(page, "agent.pkg", makePkg({ id: "io.sample.options" }));
    await page.getByRole("switch", { name: "Install as managed" }).click();
    await page.getByRole("switch", { name: "Remove it when the device leaves" }).click();
    const configuration = page.getByRole("textbox", { name: "Configuration" });
    await configuration.fill("<dict>");
    await page.getByRole("button", { name: "Add artifact" }).click();
    await page.getByText("Invalid property list").waitFor();
    await configuration.fill("<dict><key>Server</key><string>a.example.com</string></dict>");
    const artifact = await add(page);
    expect((await versionsOf(page, "enterprise_apps", artifact))[0]).toMatchObject({
      install_as_managed: true,
      remove_on_unenroll: true,
      ios_app: false,
      configuration: expect.stringContaining("a.example.com"),
    });

    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByRole("button", { name: "Edit as a new version" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("switch", { name: "Install as managed" }).click();
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "New version" }).click();
    await page.getByText("Version 2", { exact: true }).waitFor();
    await dialog.waitFor({ state: "detached" });

    await page.getByRole("button", { name: "New version", exact: true }).click();
    await drop(page, "agent.pkg", makePkg({ id: "io.sample.options", version: "1.3" }));
    await dialog.getByRole("switch", { name: "It is an app for iPhone or iPad" }).click();
    await dialog.getByRole("button", { name: "New version", exact: true }).click();
    await page.getByText("Version 3", { exact: true }).waitFor();
    const [third, second, first] = await versionsOf(page, "enterprise_apps", artifact);
    expect(second).toMatchObject({
      install_as_managed: false,
      remove_on_unenroll: false,
      configuration: first?.["configuration"],
      package_sha256: first?.["package_sha256"],
    });
    expect(third).toMatchObject({ ios_app: true, product_version: "1.3", install_as_managed: false });
  });

  test("a certificate for devices: another subject is another version", async () => {
    const page = await world.openAs(null, "/artifacts/certificate");
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("Wi-Fi identity");
    await page.getByRole("combobox", { name: "SCEP issuer" }).click();
    await page.getByRole("option", { name: "House CA" }).click();
    await page.getByRole("textbox", { name: "Subject" }).fill("CN=$ENROLLED_DEVICE.SERIAL_NUMBER\nO=Orchard");
    await page.getByRole("button", { name: "Add certificate" }).click();
    await page.waitForURL(/\/artifacts\/[\da-f-]{36}$/);
    const artifact = page.url().split("/").at(-1) ?? "";
    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByRole("button", { name: "Edit as a new version" }).click();
    const dialog = page.getByRole("dialog");
    const subject = dialog.getByRole("textbox", { name: "Subject" });
    expect(await subject.inputValue()).toBe("CN=$ENROLLED_DEVICE.SERIAL_NUMBER\nO=Orchard");
    await subject.fill("CN");
    await dialog.getByRole("button", { name: "New version" }).click();
    await dialog.getByText(/may not be blank|at least 1/i).waitFor();
    await subject.fill("CN=$ENROLLED_DEVICE.SERIAL_NUMBER\nO=Pears");
    await dialog.getByRole("textbox", { name: "DNS name in the certificate" }).fill("mac.example.com");
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "New version" }).click();
    await page.getByText("Version 2", { exact: true }).waitFor();
    const [second] = await versionsOf(page, "cert_assets", artifact);
    expect(second).toMatchObject({
      version: 2,
      scep_issuer: issuer,
      subject: [
        { type: "CN", value: "$ENROLLED_DEVICE.SERIAL_NUMBER" },
        { type: "O", value: "Pears" },
      ],
      subject_alt_name: { dNSName: "mac.example.com", rfc822Name: null },
    });
  });
});
