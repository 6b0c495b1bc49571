/** The two pages of a resource, from its description. */
import type { ReactNode } from "react";
import type { Identified, Resource } from "./resource.ts";
import { ResourceListPage } from "./ResourceListPage.tsx";
import { ResourcePage } from "./ResourcePage.tsx";

export function resourcePages<Row extends Identified>(
  resource: Resource<Row>,
): { readonly ListPage: () => ReactNode; readonly ObjectPage: () => ReactNode } {
  return {
    ListPage: () => <ResourceListPage resource={resource} />,
    ObjectPage: () => <ResourcePage resource={resource} />,
  };
}
