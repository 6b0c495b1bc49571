import { TOTP } from "otpauth";
import { expect, test } from "vitest";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

describeInBrowser("the door of the console", (world) => {
  test("a page behind the door leads to the login, and the login back to it", async () => {
    const page = await world.open();
    await page.goto("/devices?ordering=-last_seen_at");
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    expect(new URL(page.url()).searchParams.get("next")).toBe("/devices?ordering=-last_seen_at");
  });

  test("a wrong password is told in words, without saying which of the two was wrong", async () => {
    const page = await world.open();
    await page.goto("/login");
    await page.getByLabel("Username").fill("nobody");
    await page.getByRole("textbox", { name: "Password" }).fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).not.toMatch(/nobody|unknown user/i);
    expect(await findViolations(page)).toEqual([]);
  });

  test("who is logged in finds the menu by keyboard, and gets out", async () => {
    const page = await world.openAs(null, "/devices");
    await page.getByRole("heading", { name: "Devices", level: 1 }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Skip to the content");
    await page.getByRole("button", { name: /Account/ }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.goto("/devices");
    await page.getByRole("heading", { name: "Log in" }).waitFor();
  });

  test("the one-time password of the first start opens the door once, for a password of one's own", async () => {
    const { firstAdministrator } = world.app;
    if (firstAdministrator === null) throw new Error("A new server makes its first administrator");
    const page = await world.open();
    await page.goto("/devices");
    await page.getByLabel("Username").fill(firstAdministrator.username);
    await page.getByRole("textbox", { name: "Password" }).fill(firstAdministrator.oneTimePassword.reveal());
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Choose a new password" }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole("textbox", { name: "New password", exact: true }).fill("password1234");
    await page.getByRole("textbox", { name: "New password, again" }).fill("password1234");
    await page.getByRole("button", { name: "Change password" }).click();
    await page
      .getByText(/too common|common/i)
      .first()
      .waitFor();
    await page.getByRole("textbox", { name: "New password", exact: true }).fill("quince-Orchard-41");
    await page.getByRole("textbox", { name: "New password, again" }).fill("quince-Orchard-41");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByRole("heading", { name: "Devices", level: 1 }).waitFor();
  });

  test("an authenticator app is added with a code, and asked for at the next login", async () => {
    const { page, account } = await world.openWithPassword("/account");
    await page.getByRole("button", { name: "Add an authenticator app" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Your password").fill(account.password);
    await dialog.getByRole("button", { name: "Next" }).click();
    await dialog.getByRole("img", { name: "QR code of the secret" }).waitFor();
    const secret = /[A-Z2-7]{26,}/.exec((await dialog.textContent()) ?? "")?.[0] ?? "";
    const code = (): string => new TOTP({ secret }).generate({ timestamp: world.clock.now().getTime() });
    await dialog.getByLabel("Code that the app shows").fill(code());
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await page.getByText("“Phone” is asked for from now on.").waitFor();
    expect(await findViolations(page)).toEqual([]);
    // A code counts once.
    world.clock.advance(60);
    const again = await world.open();
    await again.goto("/login");
    await again.getByLabel("Username").fill(account.username);
    await again.getByRole("textbox", { name: "Password" }).fill(account.password);
    await again.getByRole("button", { name: "Log in" }).click();
    await again.getByRole("heading", { name: "Confirm it is you" }).waitFor();
    expect(await findViolations(again)).toEqual([]);
    await again.getByLabel("Code of your authenticator").fill(code());
    await again.waitForURL(`${world.origin}/`);
  });

  test("a passkey is made and used, without a code", async () => {
    const { page, account } = await world.openWithPassword("/account");
    const authenticator = await page.context().newCDPSession(page);
    await authenticator.send("WebAuthn.enable");
    await authenticator.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
      },
    });
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("dialog").getByLabel("Your password").fill(account.password);
    await page.getByRole("dialog").getByRole("button", { name: "Next" }).click();
    await page.getByText("“This computer” is asked for from now on.").waitFor();
    await page.getByRole("button", { name: /Account/ }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await page.getByLabel("Username").fill(account.username);
    await page.getByRole("textbox", { name: "Password" }).fill(account.password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL(`${world.origin}/`);
  });

  test("an API token of one's own is shown once, works, and is refused when it was revoked", async () => {
    const page = await world.openAs(null, "/account");
    const section = page.getByRole("region", { name: "API tokens" });
    await page.getByText("No API tokens").waitFor();
    await page.getByRole("button", { name: "Create token" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill("laptop");
    await dialog.getByRole("button", { name: "Create token" }).click();
    await page.getByText("It is shown this once.").waitFor();
    const key = /ztlu_[0-9A-Za-z]{36}/.exec((await dialog.textContent()) ?? "")?.[0] ?? "";
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await section.getByText("laptop").waitFor();
    // In 90 days, unless somebody says otherwise.
    await section.getByText(/in 3 months|in 2 months/).waitFor();
    const status = async (): Promise<number> =>
      (await fetch(`${world.origin}/api/inventory/tags/`, { headers: { authorization: `Token ${key}` } }))
        .status;
    expect(await status()).toBe(200);
    await section.getByRole("button", { name: "Revoke" }).click();
    await dialog.getByRole("textbox").fill("laptop");
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await page.getByText("No API tokens").waitFor();
    expect(await status()).toBe(401);
  });
});
