/** Every page of the console, for what holds for all of them: accessibility, and their pictures. */
import type { Page } from "playwright-core";
import type { ConsoleWorld } from "./console-world.ts";
import { resourcePages } from "./resource-pages.ts";
import type { SampleFleet } from "./sample-fleet.ts";

export type ConsolePage = {
  /** Also the name of its picture. */
  readonly name: string;
  readonly path: (fleet: SampleFleet) => string;
  /** What is there when the page has loaded. */
  readonly ready: (page: Page) => Promise<unknown>;
  /** Opens a menu or a dialog that the picture shows. */
  readonly prepare?: (page: Page, world: ConsoleWorld) => Promise<unknown>;
  /** True for pages in front of the door. */
  readonly isPublic?: true;
};

const heading = (name: string) => (page: Page) => page.getByRole("heading", { name, level: 1 }).waitFor();
const device = (tab: string) => ({
  path: ({ macId }: SampleFleet) => `/devices/${macId}${tab === "" ? "" : `?tab=${tab}`}`,
  ready: (page: Page) => page.getByRole("tablist").waitFor(),
});

const composed = (type: string) => ({
  path: () => `/artifacts/compose/${type}`,
  ready: (page: Page) => page.getByText("Check against Apple's schema").waitFor(),
});

/** A new page adds its line. */
export const consolePages: readonly ConsolePage[] = [
  { name: "login", path: () => "/login", ready: heading("Log in"), isPublic: true },
  {
    name: "not-found",
    path: () => "/no-such-page",
    ready: (page) => page.getByText("There is no such page").waitFor(),
  },
  { name: "account", path: () => "/account", ready: heading("Your account") },
  {
    name: "account-menu",
    path: () => "/account",
    ready: heading("Your account"),
    prepare: async (page) => {
      await page.getByRole("button", { name: /^Account/ }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "search",
    path: () => "/devices",
    ready: heading("Devices"),
    prepare: async (page) => {
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByPlaceholder(/^Search devices/).fill("MacBook");
      await page.getByRole("dialog").getByText("Ada's MacBook Air 0").waitFor();
    },
  },
  {
    name: "dashboard",
    path: () => "/",
    ready: (page) => page.locator(".recharts-bar-rectangle").first().waitFor(),
  },
  { name: "first-run", path: () => "/first-run", ready: heading("First steps") },
  {
    name: "compose",
    path: () => "/artifacts/compose",
    ready: (page) => page.getByRole("heading", { name: "Everything Apple has" }).waitFor(),
  },
  { name: "compose-restrictions", ...composed("profile/com.apple.applicationaccess") },
  { name: "compose-privacy", ...composed("profile/com.apple.TCC.configuration-profile-policy") },
  {
    name: "compose-passcode-wrong",
    ...composed("declaration/com.apple.configuration.passcode.settings"),
    prepare: async (page) => {
      await page.getByLabel("Shortest length").fill("99");
      await page.getByText("Must be put right").waitFor();
    },
  },
  {
    name: "compose-payloads",
    ...composed("profile/com.apple.security.firewall"),
    prepare: async (page) => {
      await page.getByRole("combobox", { name: "Another payload" }).fill("com.apple.wifi.managed");
      await page.getByRole("option", { name: "(com.apple.wifi.managed)" }).click();
      await page.getByRole("button", { name: "Add payload" }).click();
      await page.getByRole("region", { name: "Wi-Fi" }).waitFor();
    },
  },
  {
    name: "compose-text",
    ...composed("profile/com.apple.wifi.managed"),
    prepare: async (page) => {
      await page.getByText("Text", { exact: true }).click();
      await page.getByLabel("Property list").focus();
      await page.getByText("Help at the cursor").waitFor();
    },
  },
  { name: "devices", path: () => "/devices", ready: heading("Devices") },
  {
    name: "devices-filtered",
    path: () => '/devices?state=["failing"]&platform=["macOS"]',
    ready: heading("Devices"),
  },
  {
    name: "devices-none",
    path: () => "/devices?search=nothing-like-this",
    ready: (page) => page.getByText("No device fits").waitFor(),
  },
  {
    name: "devices-selected",
    path: () => "/devices",
    ready: heading("Devices"),
    prepare: async (page) => {
      await page.getByRole("checkbox").nth(1).check();
      await page.getByRole("button", { name: "Send a command" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "device-artifacts", ...device("") },
  { name: "device-apps", ...device("applications") },
  { name: "device-profiles", ...device("profiles") },
  { name: "device-certificates", ...device("certificates") },
  { name: "device-commands", ...device("commands") },
  {
    name: "device-command-details",
    ...device("commands"),
    prepare: async (page) => {
      await page.getByRole("button", { name: "ShutDownDevice" }).first().click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "device-users", ...device("users") },
  {
    name: "device-user",
    ...device("users"),
    prepare: async (page) => {
      await page
        .getByRole("button", { name: /^Artifacts and commands of/ })
        .first()
        .click();
      await page.getByRole("button", { name: "All users" }).waitFor();
    },
  },
  { name: "device-sessions", ...device("sessions") },
  {
    name: "device-command-payload",
    ...device("commands"),
    prepare: async (page) => {
      await page.getByRole("button", { name: "InstallProfile" }).first().click();
      await page.getByRole("region", { name: "What was sent" }).waitFor();
    },
  },
  {
    name: "device-remove-management",
    ...device(""),
    prepare: async (page) => {
      await page.getByRole("button", { name: "More actions" }).click();
      await page.getByRole("menuitem", { name: "Remove management" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "device-activity", ...device("activity") },
  { name: "device-secrets", ...device("secrets") },
  { name: "device-status", ...device("status") },
  {
    name: "device-actions",
    ...device(""),
    prepare: async (page) => {
      await page.getByRole("button", { name: "More actions" }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "device-erase",
    ...device(""),
    prepare: async (page) => {
      await page.getByRole("button", { name: "More actions" }).click();
      await page.getByRole("menuitem", { name: "Erase" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  ...resourcePages,
];
