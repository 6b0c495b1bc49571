/** The OpenAPI document of the whole endpoint table, as it is committed in `openapi.json`. */
import { describeApi as describeEndpoints } from "#platform/http/openapi.ts";
import { describeApi } from "./api.ts";

const description =
  "The HTTP API of Pomona. It is Zentral's on the wire, so its clients work unchanged; endpoints that only Pomona has " +
  "follow the same shapes. Requests carry `Authorization: Token <key>`, or the cookie of a console session.";

/** The document as text with a newline at its end, for a file. */
export function openApiText(version: string): string {
  const document = describeEndpoints(describeApi(), { title: "Pomona", version, description });
  return `${JSON.stringify(document, null, 2)}\n`;
}
