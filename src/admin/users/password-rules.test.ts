import { expect, test } from "vitest";
import { Secret } from "#platform/secret.ts";
import { refusePassword } from "./password-rules.ts";

const judge = (password: string): string | null =>
  refusePassword(new Secret(password), {
    username: "ada.lovelace",
    email: "countess@example.com",
    currentPassword: new Secret("the very same one"),
  })?.code ?? null;

test.each([
  ["", "password_short"],
  ["eleven char", "password_short"],
  ["x".repeat(1025), "password_long"],
  ["918273645546372819", "password_numeric"],
  ["٣٤٥٦٧٨٩٠١٢٣٤٥", "password_numeric"],
  ["password1234", "password_common"],
  ["!!Password2026!!", "password_common"],
  ["welcome-admin-1", "password_common"],
  ["qwertyuiop123", "password_common"],
  ["aaaaaaaaaaaabbb", "password_common"],
  ["abcabcabcabcabc", "password_common"],
  ["giraffes giraffes", "password_common"],
  ["ada.lovelace1815", "password_similar"],
  ["LOVELACE-12345", "password_similar"],
  ["countess-98765", "password_similar"],
  ["the very same one", "password_reused"],
])("%j is refused", (password, code) => {
  expect(judge(password)).toBe(code);
});

test.each([
  "orange kettle 77 bicycle",
  "tR4!mb0ne-quiet",
  "my dog ate the password of the server room",
  "ünïcödé wörds äre fine",
])("%j is taken", (password) => {
  expect(judge(password)).toBeNull();
});
