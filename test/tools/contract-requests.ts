/** One request that succeeds for each endpoint of the API, by operation. The contract test holds the list complete. */
import { randomUUID } from "node:crypto";
import { accountRequests } from "./contract-account-requests.ts";
import { artifactRequests } from "./contract-artifact-requests.ts";
import { blueprintRequests } from "./contract-blueprint-requests.ts";
import { commandRequests } from "./contract-command-requests.ts";
import { deviceRequests } from "./contract-device-requests.ts";
import { enrollmentRequests } from "./contract-enrollment-requests.ts";
import { inventoryRequests } from "./contract-inventory-requests.ts";
import type { MakeRequest } from "./contract-request.ts";

/** Each call makes the objects it changes, so that requests may be made in any order. */
export const contractRequests: Readonly<Record<string, MakeRequest>> = {
  ...deviceRequests,
  ...commandRequests,
  ...enrollmentRequests,
  ...artifactRequests,
  ...blueprintRequests,
  ...inventoryRequests,
  search: () => ({ path: "/api/search/?q=contract" }),
  readSetup: () => ({ path: "/api/mdm/setup/" }),
  testBaseUrl: () => ({ path: "/api/mdm/setup/test_base_url/" }),
  readDashboard: () => ({ path: "/api/dashboard/" }),
  ...accountRequests,
  listEvents: () => ({ path: "/api/events/" }),
  findTaskResult: () => ({ path: `/api/task_result/${randomUUID()}/` }),
};
