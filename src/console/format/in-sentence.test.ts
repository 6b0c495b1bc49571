import { expect, test } from "vitest";
import { inSentence } from "./in-sentence.ts";

test.each([
  ["Push certificates", "push certificates"],
  ["SCEP issuers", "SCEP issuers"],
  ["FileVault configurations", "FileVault configurations"],
  ["Software update rules", "software update rules"],
])("%s within a sentence is %s", (title, words) => expect(inSentence(title)).toBe(words));
