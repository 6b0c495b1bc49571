/** The pages of resources, for what holds for every page. Lists that are made from descriptions are named here alone. */
import type { Page } from "playwright-core";
import type { ConsolePage } from "./pages.ts";

const heading = (name: string) => (page: Page) => page.getByRole("heading", { name, level: 1 }).waitFor();

function list(path: string, title: string): ConsolePage {
  return { name: path.slice(1), path: () => path, ready: heading(title) };
}

/** The first object of a list, on one of its tabs. */
function object(path: string, title: string, tab: string): ConsolePage {
  return {
    name: `${path.slice(1)}-${tab.toLowerCase().replaceAll(" ", "-")}`,
    path: () => path,
    ready: heading(title),
    prepare: async (page) => {
      await page.getByLabel(title, { exact: true }).locator(`a[href^="${path}/"]`).first().click();
      await page.getByRole("tab", { name: tab }).click();
    },
  };
}

/** The form that a button of a list opens. */
function form(path: string, title: string, button: string): ConsolePage {
  return {
    name: `${path.slice(1)}-new`,
    path: () => path,
    ready: heading(title),
    prepare: async (page) => {
      await page.getByRole("button", { name: button }).first().click();
      await page.getByRole("dialog").waitFor();
    },
  };
}

export const resourcePages: readonly ConsolePage[] = [
  list("/blueprints", "Blueprints"),
  form("/blueprints", "Blueprints", "Create blueprint"),
  {
    name: "blueprint-artifacts",
    path: ({ blueprintId }) => `/blueprints/${blueprintId}?tab=artifacts`,
    ready: heading("Offices"),
  },
  {
    name: "blueprint-scope",
    path: ({ blueprintId }) => `/blueprints/${blueprintId}?tab=artifacts`,
    ready: heading("Offices"),
    prepare: async (page) => {
      await page.getByRole("button", { name: "Change for whom" }).first().click();
      await page.getByText("No device would notice").waitFor();
    },
  },
  {
    name: "blueprint-devices",
    path: ({ blueprintId }) => `/blueprints/${blueprintId}?tab=devices`,
    ready: heading("Offices"),
  },
  {
    name: "blueprint-history",
    path: ({ blueprintId }) => `/blueprints/${blueprintId}?tab=history`,
    ready: (page) => page.getByRole("button", { name: "What changed" }).first().waitFor(),
    prepare: (page) => page.getByRole("button", { name: "What changed" }).first().click(),
  },
  list("/artifacts", "Artifacts"),
  { name: "artifacts-add", path: () => "/artifacts/add", ready: heading("Add an artifact") },
  {
    name: "artifacts-certificate",
    path: () => "/artifacts/certificate",
    ready: heading("Add a certificate"),
  },
  object("/artifacts", "Artifacts", "Overview"),
  object("/artifacts", "Artifacts", "Versions"),
  object("/artifacts", "Artifacts", "Used by"),
  list("/enrollments", "Enrollments"),
  form("/enrollments", "Enrollments", "Create enrollment"),
  object("/enrollments", "Enrollments", "Invite devices"),
  list("/push-certificates", "Push certificates"),
  object("/push-certificates", "Push certificates", "Set up"),
  list("/scep-issuers", "SCEP issuers"),
  object("/scep-issuers", "SCEP issuers", "Overview"),
  object("/scep-issuers", "SCEP issuers", "Used by"),
  list("/acme-issuers", "ACME issuers"),
  form("/acme-issuers", "ACME issuers", "Create ACME issuer"),
  list("/tags", "Tags"),
  form("/tags", "Tags", "Create tag"),
  object("/tags", "Tags", "Activity"),
  object("/tags", "Tags", "Used by"),
  list("/taxonomies", "Taxonomies"),
  list("/business-units", "Business units"),
  list("/filevault-configs", "FileVault configurations"),
  form("/filevault-configs", "FileVault configurations", "Create configuration"),
  list("/recovery-password-configs", "Recovery passwords"),
  list("/software-update-enforcements", "Software update rules"),
  form("/software-update-enforcements", "Software update rules", "Create rule"),
  list("/packages", "Packages"),
  form("/packages", "Packages", "Upload package"),
  list("/commands", "Commands"),
  list("/activity", "Activity"),
  list("/users", "Accounts"),
  form("/users", "Accounts", "Create account"),
  object("/users", "Accounts", "API tokens"),
  list("/roles", "Roles"),
  form("/roles", "Roles", "Create role"),
  list("/schedules", "Schedules"),
];
