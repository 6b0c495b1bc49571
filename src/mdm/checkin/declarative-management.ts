/**
 * Declarative management messages: which endpoint, and which JSON. Read here; reconcile answers them.
 * A status report may hold anything: it is kept as it is, and what cannot be read as JSON is kept as text.
 */
import type { DeclarativeManagementMessage } from "#protocol/mdm/checkin.ts";
import { OperationRefused, type Refusal } from "#platform/errors.ts";

/** Most characters of a report that is no JSON, kept in its event. */
const unreadableCharactersMax = 4_096;

export type DeclarativeManagementRequest = {
  readonly endpoint: string;
  /** Absent when the message had none. */
  readonly data?: unknown;
};

const endpointPattern = /^(tokens|declaration-items|status|declaration\/[a-z]+\/[^/]{1,400})$/;

/**
 * Reads the endpoint and the data of a message.
 *
 * @throws {OperationRefused} `declarative_endpoint_unknown`; `declarative_status_without_data`: both 400 where the
 *   reference answers 500 (spec 1.5, [harden]).
 */
export function readDeclarativeManagement(
  message: DeclarativeManagementMessage,
): DeclarativeManagementRequest {
  const { endpoint, data } = message;
  if (!endpointPattern.test(endpoint)) throw new OperationRefused(unknownEndpoint);
  if (data === null) {
    if (endpoint === "status") throw new OperationRefused(statusWithoutData);
    return { endpoint };
  }
  return { endpoint, data: readJson(data) };
}

function readJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString("utf8")) as unknown;
  } catch {
    // Not JSON: kept for whoever looks into it, for refusing it would only bring it again.
    return { unreadable: data.toString("utf8").replaceAll("\0", "").slice(0, unreadableCharactersMax) };
  }
}

const unknownEndpoint: Refusal = {
  kind: "invalid",
  code: "declarative_endpoint_unknown",
  detail: "unknown declarative management endpoint",
};

const statusWithoutData: Refusal = {
  kind: "invalid",
  code: "declarative_status_without_data",
  detail: "declarative management status without data",
};
