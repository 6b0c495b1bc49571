import { describe, expect, test } from "vitest";
import { declarationErrors, knownErrorCodes, plainErrors } from "./apple-errors.ts";

describe("errors of devices in plain words", () => {
  test("a known code says what happened and what to do", () => {
    const chain = [{ ErrorDomain: "MCMDMErrorDomain", ErrorCode: 12021, USEnglishDescription: "Unknown" }];
    expect(plainErrors(chain)).toEqual([
      {
        code: "MCMDMErrorDomain 12021",
        meaning: "The device does not know this command.",
        advice: expect.stringContaining("OS version") as string,
      },
    ]);
  });

  test("an unknown code keeps the words of the device, English ones first", () => {
    const chain = [
      { ErrorDomain: "X", ErrorCode: 1, LocalizedDescription: "Geht nicht", USEnglishDescription: "No" },
      { ErrorDomain: "X", ErrorCode: 2, LocalizedDescription: "Geht nicht" },
      { ErrorDomain: "X", ErrorCode: 3 },
    ];
    expect(plainErrors(chain).map(({ meaning }) => meaning)).toEqual([
      "No",
      "Geht nicht",
      "The device gave no words for this.",
    ]);
  });

  test.each([null, "text", 12, {}, [null], [1], [{}]])("what is no chain has no errors: %j", (chain) =>
    expect(plainErrors(chain)).toEqual([]),
  );

  test("reasons of declarations keep Apple's words", () => {
    const reasons = [
      { code: "Error.ConfigurationCannotBeApplied", description: "Configuration cannot be applied" },
      { code: "Info.NotReferencedByActivation" },
      null,
      { description: "no code" },
    ];
    expect(declarationErrors(reasons).map(({ meaning }) => meaning)).toEqual([
      "Configuration cannot be applied",
      "Info.NotReferencedByActivation",
    ]);
    expect(declarationErrors("no list")).toEqual([]);
  });

  test.each([
    ["MCMDMErrorDomain", 12040, /signed in to the App Store/],
    ["MCMDMErrorDomain", 12041, /language is not known/],
    ["MCMDMErrorDomain", 12067, /not in Lost Mode/],
    ["MCInstallationErrorDomain", 4001, /installation of the profile failed/],
    ["MCSCEPErrorDomain", 22013, /issuer refused/],
    // Apple uses it for nothing.
    ["MCMDMErrorDomain", 12039, /no words/],
  ])("%s %i is what Apple's reference says it is", (ErrorDomain, ErrorCode, meaning) => {
    expect(plainErrors([{ ErrorDomain, ErrorCode }])[0]?.meaning).toMatch(meaning);
  });

  test("every known code is a domain and a number", () => {
    for (const code of knownErrorCodes) expect(code).toMatch(/^[A-Za-z]+ -?\d+$/);
  });
});
