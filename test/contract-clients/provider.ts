/**
 * What the reference's Terraform provider does with a resource (http-api 4.3, 4.4): it applies, reads back, plans
 * again, imports, changes, and destroys; and any value that does not come back as it was sent is an error.
 */
import { expect } from "vitest";
import { fill, type GoStruct, type GoValues, zeroOf } from "./go-json.ts";
import { type Goztl, GoztlError } from "./goztl-client.ts";
import { type GoztlService, goztlServices, type GoztlServiceName, requestOf } from "./goztl-services.ts";

/** Members that are kept from the plan and not read back. */
const writeOnly: Readonly<Partial<Record<GoztlServiceName, readonly string[]>>> = {
  dataAssets: ["file_uri", "source"],
};
/** Members of requests that answers name otherwise. */
const answerNames: Readonly<Record<string, string>> = { installed_as_managed: "install_as_managed" };

export type Step = {
  /** All that the step sends: the provider sends every member, and empty lists as lists. */
  readonly plan: GoValues;
  /** Values that the server adds. */
  readonly computed?: GoValues;
  /** Whether the change makes Terraform destroy the object and create another. */
  readonly isReplacement?: boolean;
};

/** Runs the steps of an acceptance test, and destroys what they made. */
export async function runLifeCycle(
  goztl: Goztl,
  name: GoztlServiceName,
  steps: readonly Step[],
): Promise<void> {
  let state: GoValues | null = null;
  for (const step of steps) {
    if (step.isReplacement === true && state !== null) {
      await destroy(goztl, name, state);
      state = null;
    }
    const previous: GoValues | null = state;
    const applied: GoValues =
      previous === null
        ? await goztl.create(name, step.plan)
        : await goztl.update(name, previous["id"], step.plan);
    // "Provider produced inconsistent result after apply".
    expectPlanned(goztl, name, step, applied);
    state = await goztl.findById(name, applied["id"]);
    // "After applying this test step, the plan was not empty".
    expectPlanned(goztl, name, step, state);
    expect(state).toEqual(applied);
    if (previous !== null) {
      expect(state["id"]).toBe(previous["id"]);
      expect(state["created_at"]).toEqual(previous["created_at"]);
    }
    // An import knows nothing but the id.
    expect(await goztl.findById(name, String(state["id"]))).toEqual(state);
  }
  if (state !== null) await destroy(goztl, name, state);
}

async function destroy(goztl: Goztl, name: GoztlServiceName, { id }: GoValues): Promise<void> {
  await goztl.delete(name, id);
  const read = await goztl.findById(name, id).catch((error: unknown) => error);
  expect(read).toBeInstanceOf(GoztlError);
  expect((read as GoztlError).status).toBe(404);
}

/** Compares what was planned with what came back, member by member, sets in any order. */
function expectPlanned(goztl: Goztl, name: GoztlServiceName, step: Step, answer: GoValues): void {
  const service: GoztlService = goztlServices[name];
  const { members } = requestOf(service, goztl.version, false);
  const ignored = writeOnly[name] ?? [];
  const compared = Object.entries(members).filter(([member]) => !ignored.includes(member));
  const types: GoStruct = Object.fromEntries(compared);
  const planned = fill({ struct: members }, step.plan) as GoValues;
  for (const [member, type] of Object.entries(types)) {
    const isOmitted = planned[member] === zeroOf(type) && service.omitted?.members.includes(member) === true;
    if (isOmitted) continue;
    const answered = fill(type, onlyMembersOf(type, answer[answerNames[member] ?? member]));
    expect(unordered(answered), member).toEqual(unordered(planned[member]));
  }
  expect(answer).toMatchObject(step.computed ?? {});
}

/** A nested object of an answer has members that its request has not, such as the secret of an enrollment. */
function onlyMembersOf(type: GoStruct[string], value: unknown): unknown {
  if (typeof type === "string" || !("struct" in type)) return value;
  const known = Object.entries(value as GoValues).filter(([name]) => Object.hasOwn(type.struct, name));
  return Object.fromEntries(known);
}

/** Lists of the compared resources are sets to Terraform. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unordered(item)]));
}

/** A data source: what is created is found by its id and by its name, and is the same. */
export async function expectFound(goztl: Goztl, name: GoztlServiceName, created: GoValues): Promise<void> {
  const id = created["id"] ?? created["uuid"];
  expect(await goztl.findById(name, id)).toEqual(created);
  expect(await goztl.findByName(name, String(created["name"]))).toEqual(created);
  expect(await goztl.findByName(name, `no ${String(created["name"])}`)).toBeNull();
}
