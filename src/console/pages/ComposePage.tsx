/** Settings to choose from: what becomes a profile or a declaration. */
import { PageHeader } from "../ui/PageHeader.tsx";

export function ComposePage() {
  return <PageHeader title="Compose settings" />;
}
