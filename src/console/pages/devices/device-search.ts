/** The address of a device's page: which tab, and which page of its list. */
import { type ListSearch, listSearch } from "../../api/list-search.ts";
import { type CommandState, commandStates } from "./device-queries.ts";

export const deviceTabs = [
  "artifacts",
  "applications",
  "profiles",
  "certificates",
  "commands",
  "users",
  "activity",
  "secrets",
  "sessions",
  "status",
] as const;
export type DeviceTab = (typeof deviceTabs)[number];

export type DeviceSearch = ListSearch & {
  readonly tab?: DeviceTab;
  /** Of commands: how far they are. */
  readonly state?: CommandState;
  /** Of users: whose artifacts or commands are shown. */
  readonly user?: number;
  readonly view?: UserView;
};

/** What is shown of one user. */
export const userViews = ["artifacts", "commands"] as const;
export type UserView = (typeof userViews)[number];

/** Reads the parameters of the address; what is malformed is left out. */
export function deviceSearch(search: Record<string, unknown>): DeviceSearch {
  const tab = deviceTabs.find((name) => name === search["tab"]);
  const state = commandStates.find((name) => name === search["state"]);
  const { user } = search;
  const view = userViews.find((name) => name === search["view"]);
  return {
    ...listSearch(search),
    ...(tab === undefined || tab === deviceTabs[0] ? {} : { tab }),
    ...(state === undefined ? {} : { state }),
    ...(typeof user === "number" && Number.isSafeInteger(user) ? { user } : {}),
    ...(view === undefined || view === userViews[0] ? {} : { view }),
  };
}
