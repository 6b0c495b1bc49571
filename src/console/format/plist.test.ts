import { expect, test } from "vitest";
import { type PlistKey, writePlist } from "./plist.ts";

const key = (name: string, type: string, keys: readonly PlistKey[] = []): PlistKey => ({
  key: name,
  type,
  keys,
});

test("every kind of value has its element, and text is escaped", () => {
  const text = writePlist({ a: "x < y & z", b: [1, true, 1.5], d: {}, e: [] });
  expect(text).toContain(`<plist version="1.0">
<dict>
	<key>a</key>
	<string>x &lt; y &amp; z</string>
	<key>b</key>
	<array>
		<integer>1</integer>
		<true/>
		<real>1.5</real>
	</array>
	<key>d</key>
	<dict/>
	<key>e</key>
	<array/>
</dict>
</plist>`);
});

test("data, dates and real numbers are what the schema says", () => {
  const keys = [key("Certificate", "data"), key("Date", "date"), key("Delay", "real"), key("ANY", "string")];
  const text = writePlist({ Certificate: "AAEC", Date: "2026-01-02T03:04:05Z", Delay: 2, Other: "t" }, keys);
  expect(text).toContain("<data>AAEC</data>");
  expect(text).toContain("<date>2026-01-02T03:04:05Z</date>");
  expect(text).toContain("<real>2</real>");
  expect(text).toContain("<string>t</string>");
});

test("the schema is followed into lists and dictionaries", () => {
  const keys = [key("List", "array", [key("Item", "dictionary", [key("Blob", "data")])])];
  expect(writePlist({ List: [{ Blob: "AA==" }] }, keys)).toContain("<data>AA==</data>");
});
