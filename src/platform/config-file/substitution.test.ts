import { describe, expect, test } from "vitest";
import { brokenValue, configDepthMax, substitute } from "./substitution.ts";

const sources = {
  environment: { NAME: "mdm.example.com", JSON: '{"a":{"b":"deep"},"list":["x"]}', B64: "eyJrIjoidiJ9" },
  readFile: (path: string): string => {
    if (path !== "/etc/chain.pem") throw new Error(`no such file "${path}"`);
    return "PEM\n";
  },
};

function read(value: unknown): { readonly value: unknown; readonly problems: string[] } {
  const problems: string[] = [];
  const result = substitute(value, sources, (path, detail) => problems.push(`${path}: ${detail}`));
  return { value: result, problems };
}

describe("substitutions", () => {
  test.each<[string, unknown]>([
    ["{{ env:NAME }}", "mdm.example.com"],
    ["{{env:NAME}}", "mdm.example.com"],
    ["  {{ env: NAME }}  ", "mdm.example.com"],
    ["{{ file:/etc/chain.pem }}", "PEM\n"],
    ["{{ file: /etc/chain.pem}}", "PEM\n"],
    ["{{ env:JSON | jsondecode | element:a | element:b }}", "deep"],
    ["{{ env:JSON | jsondecode | element:list | element:0 }}", "x"],
    ["{{ env:B64 | base64decode }}", '{"k":"v"}'],
    ["{{ env:B64|base64decode|jsondecode|element:k }}", "v"],
    ["no expression", "no expression"],
    ["{{ open", "{{ open"],
    ["", ""],
  ])("%j stands for %j", (text, expected) => {
    expect(read({ key: [text] })).toEqual({ value: { key: [expected] }, problems: [] });
  });

  test.each([
    ["https://{{ env:NAME }}/", "whole string"],
    ["{{ env:NAME }}{{ env:NAME }}", "whole string"],
    ["{{ NAME }}", "whole string"],
    ["{{ env:ABSENT }}", 'no variable "ABSENT"'],
    ["{{ env: }}", "needs a name"],
    ["{{ file:/absent }}", 'no such file "/absent"'],
    ["{{ vault:x }}", "no substitution"],
    ["{{ secret:x }}", "not supported"],
    ["{{ param:x }}", "not supported"],
    ["{{ bucket_file:s3://b/x }}", "not supported"],
    ["{{ env:NAME | upper }}", "no filter"],
    ["{{ env:NAME | jsondecode }}", "not JSON"],
    ["{{ env:NAME | base64decode }}", "not base64"],
    ["{{ env:NAME | element:x }}", 'finds no "x"'],
    ["{{ env:JSON | jsondecode | element:__proto__ }}", "finds no"],
    ["{{ env:JSON | jsondecode | jsondecode }}", "needs text"],
  ])("%j is refused: %s", (text, detail) => {
    const { value, problems } = read({ api: { fqdn: text } });
    expect(value).toEqual({ api: { fqdn: brokenValue } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^api\.fqdn: /);
    expect(problems[0]).toContain(detail);
    // What was substituted may be a secret.
    expect(problems[0]).not.toContain("mdm.example.com");
  });

  test("what came out of a substitution is not substituted again", () => {
    const nested = { ...sources, environment: { OUTER: "{{ env:INNER }}", INNER: "secret" } };
    expect(substitute("{{ env:OUTER }}", nested, () => {})).toBe("{{ env:INNER }}");
  });

  test("other values and hostile keys stay as they are", () => {
    const json: unknown = JSON.parse('{"__proto__":{"x":1},"a":[true,null,2.5]}');
    expect(JSON.stringify(read(json).value)).toBe('{"__proto__":{"x":1},"a":[true,null,2.5]}');
  });

  test("nesting has an end", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(configDepthMax + 2)}${"]".repeat(configDepthMax + 2)}`);
    expect(read(deep).problems[0]).toContain("nested deeper");
  });
});
