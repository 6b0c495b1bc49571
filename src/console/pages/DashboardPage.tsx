/** The state of the fleet and of the server, to be looked at rather than read. */
import { PageHeader } from "../ui/PageHeader.tsx";

export function DashboardPage() {
  return <PageHeader title="Dashboard" />;
}
