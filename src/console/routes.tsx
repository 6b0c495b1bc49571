/** Every page and its address. Pages are loaded when they are first visited; all but the login need a session. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { deviceSearch } from "./pages/devices/device-search.ts";
import { composeSearch, composeTypeSearch } from "./pages/compose-search.ts";
import { devicesSearch } from "./pages/devices-search.ts";
import { resourceRoutes } from "./resource-routes.tsx";
import { sessionQuery } from "./session/session.ts";
import { NotFoundPage } from "./pages/NotFoundPage.tsx";
import { Shell } from "./Shell.tsx";
import { ErrorState, LoadingState } from "./ui/states.tsx";

type Context = { readonly queryClient: QueryClient };

/** Ids of the API that are numbers; another word is no page. */
const numericId = {
  parse: ({ id }: { readonly id: string }) => {
    if (!/^[1-9]\d{0,14}$/.test(id)) throw notFound();
    return { id: Number(id) };
  },
  stringify: ({ id }: { readonly id: number }) => ({ id: String(id) }),
};

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFoundPage });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search["next"] === "string" ? { next: search["next"] } : {},
  component: lazyRouteComponent(() => import("./pages/LoginPage.tsx"), "LoginPage"),
});

/** Everything behind the login. */
const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (!session.authenticated || session.account?.must_change_password === true)
      throw redirect({ to: "/login", search: { next: location.href } });
  },
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/DashboardPage.tsx"), "DashboardPage"),
});

const firstRun = createRoute({
  getParentRoute: () => shell,
  path: "/first-run",
  component: lazyRouteComponent(() => import("./pages/FirstRunPage.tsx"), "FirstRunPage"),
});

const compose = createRoute({
  getParentRoute: () => shell,
  path: "/artifacts/compose",
  validateSearch: composeSearch,
  component: lazyRouteComponent(() => import("./pages/ComposePage.tsx"), "ComposePage"),
});

const composeType = createRoute({
  getParentRoute: () => shell,
  path: "/artifacts/compose/$kind/$type",
  validateSearch: composeTypeSearch,
  component: lazyRouteComponent(() => import("./pages/ComposeTypePage.tsx"), "ComposeTypePage"),
});

const account = createRoute({
  getParentRoute: () => shell,
  path: "/account",
  component: lazyRouteComponent(() => import("./pages/account/AccountPage.tsx"), "AccountPage"),
});

const devices = createRoute({
  getParentRoute: () => shell,
  path: "/devices",
  validateSearch: devicesSearch,
  component: lazyRouteComponent(() => import("./pages/DevicesPage.tsx"), "DevicesPage"),
});

const device = createRoute({
  getParentRoute: () => shell,
  path: "/devices/$id",
  params: numericId,
  validateSearch: deviceSearch,
  component: lazyRouteComponent(() => import("./pages/devices/DevicePage.tsx"), "DevicePage"),
});

const routeTree = root.addChildren([
  login,
  shell.addChildren([
    home,
    firstRun,
    compose,
    composeType,
    account,
    devices,
    device,
    ...resourceRoutes(shell),
  ]),
]);

/** Makes the router. */
export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPendingComponent: LoadingState,
    defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} retry={reset} />,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
