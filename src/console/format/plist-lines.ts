const containers = /^<(?:dict|array|plist)[^/>]*>$/;
const ends = /^<\/(?:dict|array|plist)>$/;

/** A property list in XML with a line for each key and value, so that two can be compared line by line. */
export function plistLines(xml: string): string {
  const lines = xml
    .replaceAll(/>\s+</g, "><")
    .replaceAll(/(<\/?(?:dict|array|plist)[^>]*>|<(?:true|false)\/>|<\/[a-z]+>|\?>|<!DOCTYPE[^>]*>)/g, "$1\n")
    .split("\n")
    .filter((line) => line.trim() !== "");
  let depth = 0;
  return lines
    .map((line) => {
      if (ends.test(line)) depth -= 1;
      const indented = "  ".repeat(Math.max(0, depth)) + line;
      if (containers.test(line)) depth += 1;
      return indented;
    })
    .join("\n");
}
