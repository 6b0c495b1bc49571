/** Sizes for people, in powers of a thousand as Apple shows them. */
const units = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** `1.2 GB`, `640 kB`, `12 bytes`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toLocaleString("en", { maximumFractionDigits: digits })} ${units[unit] ?? ""}`;
}
