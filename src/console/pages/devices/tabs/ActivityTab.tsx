import { ActivityList } from "../../activity/ActivityList.tsx";
import type { Device } from "../device-queries.ts";

/** Everything that happened to the machine, over all its enrollments. */
export function ActivityTab({ device }: { readonly device: Device }) {
  return <ActivityList filter={{ serial_number: device.serial_number }} />;
}
