/** How the fleet and the server are, as the dashboard shows it. */
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";

const againMilliseconds = 60_000;

const readDashboard = () => unwrap(api.GET("/api/dashboard/", {}));

export const dashboardQuery = queryOptions({
  queryKey: ["dashboard"],
  queryFn: readDashboard,
  refetchInterval: againMilliseconds,
});

export type Dashboard = Awaited<ReturnType<typeof readDashboard>>;
export type DeviceFacts = NonNullable<Dashboard["devices"]>;

export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: () => unwrap(api.GET("/api/mdm/setup/", {})),
});
