/** The pages of large lists that people look at, by the name that the table has. */
import type { Labels } from "./seed-lists.ts";

export type ListPage = { readonly name: string; readonly path: string };

const rows = "/api/mdm/devices/rows/?limit=50";

/** What is asked for; `blueprint` and `tag` are those of the fleet. */
export function listPages({ blueprintIds, tagIds }: Labels): ListPage[] {
  return [
    { name: "first page", path: rows },
    { name: "first page, all members", path: "/api/mdm/devices/?limit=50" },
    { name: "page 1,000", path: `${rows}&offset=49950` },
    { name: "search, few", path: `${rows}&search=H00012` },
    { name: "search, nearly all", path: `${rows}&search=mac` },
    { name: "state=enrolled", path: `${rows}&state=enrolled` },
    { name: "state=failing", path: `${rows}&state=failing` },
    { name: "state=silent", path: `${rows}&state=silent` },
    { name: "ordering=-last_seen_at", path: `${rows}&ordering=-last_seen_at` },
    { name: "ordering=name", path: `${rows}&ordering=name` },
    { name: "ordering=-os_version", path: `${rows}&ordering=-os_version` },
    { name: "blueprint and tag", path: `${rows}&blueprint=${blueprintIds[0]}&tags=${tagIds[0]}` },
    { name: "dashboard", path: "/api/dashboard/" },
    { name: "search box, few", path: "/api/search/?q=H00012" },
    { name: "search box, nearly all", path: "/api/search/?q=mac" },
  ];
}
