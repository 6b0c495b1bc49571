import { expect, test } from "vitest";
import { size } from "./size.ts";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1 kB"],
  [1_234_567, "1.2 MB"],
  [640_000_000, "640 MB"],
  [8_000_000_000_000_000, "8,000 TB"],
])("%d is %s", (count, text) => expect(size(count)).toBe(text));
