/** The operators' door to the checklist of the first run. */
import { type TSchema, Type } from "typebox";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable } from "#platform/http/wire-fields.ts";
import { askOwnAddress, type OwnAddressAnswer } from "./own-address-sender.ts";
import { judgeSetup, setupKeys, setupProblems } from "./setup.ts";
import { findSetupFacts } from "./setup-store.ts";

export type SetupDeps = { readonly baseUrl: URL };

const SetupView = Type.Object({
  base_url: Type.String({ description: "Where devices reach this server" }),
  is_complete: Type.Boolean(),
  steps: Type.Array(
    Type.Object({
      key: choice(setupKeys),
      is_done: Type.Boolean(),
      problem: nullable(choice(setupProblems)),
      object_id: nullable(Type.Integer({ description: "The object that does, or that does not yet" })),
    }),
  ),
});

const TestView = Type.Object({
  is_ok: Type.Boolean(),
  reason: Type.String({
    description: "`reached`, `no_answer`, `unreachable`, a status, or a code of the network",
  }),
});

/** The checklist, and the test of the server's own address; push certificates have a test of their own. */
export const setupEndpoints: readonly Endpoint<SetupDeps>[] = [
  readEndpoint({
    method: "GET",
    path: "/api/mdm/setup/",
    operationId: "readSetup",
    view: "setup",
    // Ids and yes or no, and the address that every device knows: nothing that an account must be kept from.
    access: { special: "authenticated" },
    summary: "What is left to do until a first device is managed",
    response: { status: 200, schema: SetupView },
    handle: async ({ baseUrl }, op) => {
      const steps = judgeSetup(await findSetupFacts(op.tx, op.at), { baseUrl, at: op.at });
      return {
        base_url: baseUrl.origin,
        is_complete: steps.every(({ problem }) => problem === null),
        steps: steps.map(({ key, problem, objectId }) => ({
          key,
          is_done: problem === null,
          problem,
          object_id: objectId,
        })),
      };
    },
  }),
  writeEndpoint<SetupDeps, TSchema, TSchema, OwnAddressAnswer>({
    method: "POST",
    path: "/api/mdm/setup/test_base_url/",
    operationId: "testBaseUrl",
    view: "setup_test_base_url",
    access: "mdm.add_otaenrollment",
    summary: "Whether this server is reached at the address that devices are given",
    response: { status: 200, schema: TestView },
    prepare: ({ baseUrl }) => askOwnAddress(baseUrl),
    handle: async (_deps, _op, { prepared }) => ({ is_ok: prepared.isOk, reason: prepared.reason }),
  }),
];
