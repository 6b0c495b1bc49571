/** What many pages choose from: short lists that are read whole. */
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./client.ts";
import { answerRowsMax } from "./read-pages.ts";

const freshSeconds = 60;

export const blueprintsQuery = queryOptions({
  queryKey: ["blueprints", "choices"],
  queryFn: () => unwrap(api.GET("/api/mdm/blueprints/", { params: { query: { limit: answerRowsMax } } })),
  staleTime: freshSeconds * 1000,
});

export const tagsQuery = queryOptions({
  queryKey: ["tags", "choices"],
  queryFn: () => unwrap(api.GET("/api/inventory/tags/", {})),
  staleTime: freshSeconds * 1000,
});

export const enrollmentsQuery = queryOptions({
  queryKey: ["ota_enrollments", "choices"],
  queryFn: () =>
    unwrap(api.GET("/api/mdm/ota_enrollments/", { params: { query: { limit: answerRowsMax } } })),
  staleTime: freshSeconds * 1000,
});

export const taxonomiesQuery = queryOptions({
  queryKey: ["taxonomies", "choices"],
  queryFn: () => unwrap(api.GET("/api/inventory/taxonomies/", {})),
  staleTime: freshSeconds * 1000,
});
