/** The pages of resources: a list and an object each, in the file of their description. */
import { type AnyRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { artifactsSearch } from "./artifacts/artifacts-search.ts";
import { activitySearch } from "./pages/activity/activity-search.ts";
import { commandsSearch } from "./pages/commands-search.ts";
import { resourceSearch } from "./resources/resource-search.ts";

type Page = () => React.ReactNode;
type Pages = { readonly ListPage: Page; readonly ObjectPage: Page };

/** The tab of an object's page. */
function tabSearch({ tab }: Record<string, unknown>): { readonly tab?: string } {
  return typeof tab === "string" && /^[a-z-]{1,40}$/.test(tab) ? { tab } : {};
}

/** Makes the routes, below the frame that surrounds every page. */
export function resourceRoutes<Parent extends AnyRoute>(parent: Parent) {
  const list = <const Path extends string>(path: Path, load: () => Promise<Pages>) =>
    createRoute({
      getParentRoute: () => parent,
      path,
      validateSearch: resourceSearch,
      component: lazyRouteComponent(load, "ListPage"),
    });
  const one = <const Path extends string>(path: Path, load: () => Promise<Pages>) =>
    createRoute({
      getParentRoute: () => parent,
      path: `${path}/$id` as const,
      validateSearch: tabSearch,
      component: lazyRouteComponent(load, "ObjectPage"),
    });
  const both = <const Path extends string>(path: Path, load: () => Promise<Pages>) =>
    [list(path, load), one(path, load)] as const;
  const artifacts = createRoute({
    getParentRoute: () => parent,
    path: "/artifacts",
    validateSearch: artifactsSearch,
    component: lazyRouteComponent(() => import("./resources/artifacts.tsx"), "ListPage"),
  });
  const add = createRoute({
    getParentRoute: () => parent,
    path: "/artifacts/add",
    component: lazyRouteComponent(() => import("./artifacts/AddArtifactPage.tsx"), "AddArtifactPage"),
  });
  const page = <const Path extends string>(path: Path, load: () => Promise<{ readonly Page: Page }>) =>
    createRoute({
      getParentRoute: () => parent,
      path,
      validateSearch: resourceSearch,
      component: lazyRouteComponent(load, "Page"),
    });
  const activity = createRoute({
    getParentRoute: () => parent,
    path: "/activity",
    validateSearch: activitySearch,
    component: lazyRouteComponent(() => import("./pages/activity/ActivityPage.tsx"), "ActivityPage"),
  });
  const commands = createRoute({
    getParentRoute: () => parent,
    path: "/commands",
    validateSearch: commandsSearch,
    component: lazyRouteComponent(() => import("./pages/CommandsPage.tsx"), "CommandsPage"),
  });
  const certificate = createRoute({
    getParentRoute: () => parent,
    path: "/artifacts/certificate",
    component: lazyRouteComponent(() => import("./artifacts/AddCertificatePage.tsx"), "AddCertificatePage"),
  });
  return [
    certificate,
    activity,
    commands,
    page("/schedules", async () => ({ Page: (await import("./pages/SchedulesPage.tsx")).SchedulesPage })),
    ...both("/users", () => import("./resources/users.tsx")),
    ...both("/roles", () => import("./resources/roles.tsx")),
    add,
    artifacts,
    one("/artifacts", () => import("./resources/artifacts.tsx")),
    ...both("/blueprints", () => import("./resources/blueprints.tsx")),
    ...both("/push-certificates", () => import("./resources/push-certificates.tsx")),
    ...both("/enrollments", () => import("./resources/enrollments.tsx")),
    ...both("/scep-issuers", () => import("./resources/scep-issuers.tsx")),
    ...both("/acme-issuers", () => import("./resources/acme-issuers.tsx")),
    ...both("/packages", () => import("./resources/packages.tsx")),
    ...both("/tags", () => import("./resources/tags.tsx")),
    ...both("/taxonomies", () => import("./resources/taxonomies.tsx")),
    ...both("/business-units", () => import("./resources/business-units.tsx")),
    ...both("/filevault-configs", () => import("./resources/filevault-configs.tsx")),
    ...both("/recovery-password-configs", () => import("./resources/recovery-password-configs.tsx")),
    ...both("/software-update-enforcements", () => import("./resources/software-update-enforcements.tsx")),
  ] as const;
}
