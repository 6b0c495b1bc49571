/** The page of the list in a tab of a device; it belongs to the address. */
import { getRouteApi } from "@tanstack/react-router";
import { changeSearch, pageQuery, pagingOf, type SearchChange } from "../../../api/list-search.ts";
import type { DeviceSearch } from "../device-search.ts";

const route = getRouteApi("/shell/devices/$id");

export function useTabList() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changed: SearchChange<DeviceSearch>): void => {
    void navigate({ search: (before) => changeSearch<DeviceSearch>(before, changed), replace: true });
  };
  const { limit, offset } = pageQuery(search);
  return {
    search,
    change,
    query: { limit, offset },
    paging: {
      ...pagingOf(search),
      onChange: (changed: { readonly page: number; readonly size: number }) => change(changed),
    },
  };
}
