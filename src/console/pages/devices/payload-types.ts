/** The types of a profile's payloads, as the API has what a device reported; each once. */
export function payloadTypes(payloads: unknown): readonly string[] {
  if (!Array.isArray(payloads)) return [];
  const types = payloads.flatMap((payload: unknown) => {
    const type = (payload as Readonly<Record<string, unknown>> | null)?.["type"];
    return typeof type === "string" ? [type] : [];
  });
  return [...new Set(types)];
}
