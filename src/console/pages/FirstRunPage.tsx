/** From an empty server to the first enrolled device, step by step. */
import { PageHeader } from "../ui/PageHeader.tsx";

export function FirstRunPage() {
  return <PageHeader title="First steps" />;
}
