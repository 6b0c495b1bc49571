import { expect, test } from "vitest";
import { plistLines } from "./plist-lines.ts";

test("keys and values have lines of their own, however the file was written", () => {
  const dense =
    '<?xml version="1.0"?><plist version="1.0"><dict><key>A</key><true/><key>B</key><array><string>x y</string></array><key>C</key><dict/></dict></plist>';
  const lines = [
    '<?xml version="1.0"?>',
    '<plist version="1.0">',
    "  <dict>",
    "    <key>A</key>",
    "    <true/>",
    "    <key>B</key>",
    "    <array>",
    "      <string>x y</string>",
    "    </array>",
    "    <key>C</key>",
    "    <dict/>",
    "  </dict>",
    "</plist>",
  ];
  expect(plistLines(dense).split("\n")).toEqual(lines);
  expect(plistLines(lines.join("\r\n"))).toBe(lines.join("\n"));
});
