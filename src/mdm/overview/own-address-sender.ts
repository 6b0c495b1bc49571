/** Asks the server for itself, at the address that devices are given: name, route, proxy and certificate must be right. */

/** Longest wait; somebody looks at the button. */
export const ownAddressSecondsMax = 5;

export type OwnAddressAnswer = { readonly isOk: boolean; readonly reason: string };

/** Reads `/healthz` below the base URL; whatever goes wrong is the answer. */
export async function askOwnAddress(baseUrl: URL): Promise<OwnAddressAnswer> {
  try {
    const response = await fetch(new URL("/healthz", baseUrl), {
      redirect: "error",
      // A connection of an earlier test would prove nothing.
      headers: { connection: "close" },
      signal: AbortSignal.timeout(ownAddressSecondsMax * 1000),
    });
    const isOurs = response.status === 200 && (await response.text()).trim() === "ok";
    return isOurs ? { isOk: true, reason: "reached" } : { isOk: false, reason: `status_${response.status}` };
  } catch (error) {
    // The reason is the answer: a name that is not known, a certificate that is not trusted, no answer in time.
    return { isOk: false, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const { name, cause } = error as { readonly name?: unknown; readonly cause?: { readonly code?: unknown } };
  if (name === "TimeoutError") return "no_answer";
  return typeof cause?.code === "string" ? cause.code : "unreachable";
}
