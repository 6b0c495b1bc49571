import { expect, test } from "vitest";
import { jobTitle } from "./job-title.ts";

test.each([
  ["purge_events", "Purge events"],
  ["purge_scep_challenges", "Purge SCEP challenges"],
])("the job %s is called %s", (name, title) => expect(jobTitle(name)).toBe(title));
