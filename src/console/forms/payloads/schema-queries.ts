/** What the server knows of Apple's schema, and what it says of a document. */
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import type { DocumentKind } from "./build-document.ts";
import type { Finding } from "./findings.ts";
import type { ArtifactPlatform, SchemaEntry, SchemaType } from "./schema-key.ts";

/** The schema changes with the server alone. */
const staleTime = Number.POSITIVE_INFINITY;

export const catalogQuery = (kind: DocumentKind) =>
  queryOptions({
    queryKey: ["schema", kind],
    staleTime,
    queryFn: () =>
      unwrap<readonly SchemaEntry[]>(
        kind === "profile"
          ? api.GET("/api/mdm/schema/payloads/", {})
          : api.GET("/api/mdm/schema/declarations/", {}),
      ),
  });

export const schemaTypeQuery = (kind: DocumentKind, type: string) =>
  queryOptions({
    queryKey: ["schema", kind, type],
    staleTime,
    queryFn: async () => {
      const params = { path: { key: type } };
      const answer = await unwrap<unknown>(
        kind === "profile"
          ? api.GET("/api/mdm/schema/payloads/{key}/", { params })
          : api.GET("/api/mdm/schema/declarations/{key}/", { params }),
      );
      // Keys are inside keys, which the document of the API tells in words.
      return answer as SchemaType;
    },
  });

export type DocumentCheck = {
  readonly kind: DocumentKind;
  readonly text: string;
  readonly channel: "Device" | "User";
  readonly platforms: readonly ArtifactPlatform[];
};

export const checkQuery = (check: DocumentCheck) =>
  queryOptions({
    queryKey: ["schema", "check", check],
    queryFn: async (): Promise<readonly Finding[]> => {
      const { text, platforms, ...rest } = check;
      const body = { ...rest, document: text, platforms: [...platforms] };
      return (await unwrap(api.POST("/api/mdm/schema/validate/", { body }))).findings;
    },
    // Only what is on the screen is asked for.
    gcTime: 10_000,
  });
