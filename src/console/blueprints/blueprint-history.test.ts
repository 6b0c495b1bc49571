import { describe, expect, test } from "vitest";
import { scopeOf } from "../scopes/scope.ts";
import {
  type BlueprintState,
  changedArtifact,
  listMoments,
  changeBetween,
  stateText,
} from "./blueprint-history.ts";

const settings: BlueprintState["settings"] = {
  name: "Studio",
  inventory_interval: 86_400,
  collect_apps: 2,
  collect_certificates: 0,
  collect_profiles: 0,
  legacy_profiles_via_ddm: true,
  filevault_config: null,
  recovery_password_config: 4,
  software_update_enforcements: [7],
};
const mac = scopeOf(["macOS"]);
const now: BlueprintState = { settings, links: new Map([["a", { name: "Saver", scope: mac }]]) };

const audited = {
  ...settings,
  name: "Old studio",
  collect_apps: "MANAGED_ONLY",
  collect_certificates: "NO",
  collect_profiles: "ALL",
  recovery_password_config: null,
  filevault_config: { pk: 3, name: "Disk" },
  software_update_enforcements: [{ pk: 8, name: "Soon" }],
};
const link = (artifact: string, more: object = {}) => ({
  ...mac,
  blueprint: { pk: 1, name: "Studio" },
  artifact: { pk: artifact, name: `Artifact ${artifact}` },
  excluded_tags: [{ pk: 5, name: "Lab" }],
  tag_shards: [{ tag: { pk: 6, name: "Pilot" }, shard: 50 }],
  ...more,
});
const event = (model: string, values: object) => ({ payload: { object: { model, ...values } } });
const ofLink = (values: object) => event("mdm.blueprintartifact", values);

describe("the history of a blueprint", () => {
  test("is what its events undo, until it was created", () => {
    const moments = listMoments(1, now, [
      event("mdm.blueprint", { prev_value: audited, new_value: {} }),
      ofLink({ new_value: link("a") }),
      ofLink({ prev_value: link("b") }),
      event("mdm.blueprint", { new_value: audited }),
      event("mdm.blueprint", { new_value: audited }),
    ]);
    expect(moments.map(({ after }) => [...after.links.keys()])).toEqual([["a"], ["a"], [], ["b"]]);
    expect(moments[0]?.before?.settings).toEqual({
      ...settings,
      name: "Old studio",
      collect_apps: 1,
      collect_profiles: 2,
      recovery_password_config: null,
      filevault_config: 3,
      software_update_enforcements: [8],
    });
    expect(moments[2]?.before?.links.get("b")).toEqual({
      name: "Artifact b",
      scope: { ...mac, excluded_tags: [5], tag_shards: [{ tag: 6, shard: 50 }] },
    });
    expect(moments[3]?.before).toBeNull();
  });

  test("names the artifact that a change is about", () => {
    expect(changedArtifact(ofLink({ prev_value: link("b") }).payload)).toBe("Artifact b");
    expect(changedArtifact(event("mdm.blueprint", { prev_value: audited }).payload)).toBeNull();
  });

  test("a link that came from another blueprint was not here before", () => {
    const elsewhere = { blueprint: { pk: 2, name: "Other" } };
    const [came] = listMoments(1, now, [ofLink({ prev_value: link("a", elsewhere), new_value: link("a") })]);
    expect(came?.before?.links.size).toBe(0);
    const [went] = listMoments(1, now, [ofLink({ prev_value: link("b"), new_value: link("b", elsewhere) })]);
    expect([...(went?.before?.links.keys() ?? [])]).toEqual(["a", "b"]);
  });
});

test("what leads from one state to another is what differs", () => {
  const tv = scopeOf(["tvOS"]);
  const wanted: BlueprintState = {
    settings: { ...settings, name: "Old" },
    links: new Map([["b", { name: "B", scope: tv }]]),
  };
  expect(changeBetween(now, wanted)).toEqual({
    settings: wanted.settings,
    blueprint_artifacts: [{ artifact: "b", ...tv }],
    removed: ["a"],
  });
  expect(changeBetween(now, now)).toBeNull();
  const changed = { ...now, links: new Map([["a", { name: "Saver", scope: tv }]]) };
  expect(changeBetween(now, changed)).toEqual({
    blueprint_artifacts: [{ artifact: "a", ...tv }],
    removed: [],
  });
});

test("a state is told in names", () => {
  const name = (id: number): string => `no. ${id}`;
  const text = stateText(now, { tag: name, filevault: name, recovery: name, enforcement: name });
  expect(text).toContain("Recovery password: no. 4");
  expect(text).toContain("FileVault: nothing");
  expect(text).toContain("Software updates: no. 7");
  expect(text).toContain("Artifact Saver: macOS");
});
