/** `purge_scep_challenges` is "Purge SCEP challenges". */
export function jobTitle(name: string): string {
  const words = name.replaceAll("_", " ").replace(/\bscep\b/, "SCEP");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
