/** The pages of large lists that people look at, by the name that the table has. */
import type { Labels } from "./seed-lists.ts";

export type ListPage = { readonly name: string; readonly path: string };

const rows = "/api/mdm/devices/rows/?limit=50";

const query = (parameters: string): ListPage => ({ name: parameters, path: `${rows}&${parameters}` });

/** A few, by serial number; by the name of a user; shorter than a trigram; and what is in nearly every name. */
const searches = [
  ["serial number", "H00012"],
  ["user", "liang"],
  ["one letter", "a"],
  ["two letters", "ad"],
  ["two letters, none", "zq"],
  ["nearly all", "mac"],
] as const;

/** Every order that the console offers. */
const orderings = ["name", "os_version", "blueprint", "last_seen_at", "created_at"] as const;

/** What is asked for; `blueprint` and `tag` are those of the fleet. */
export function listPages({ blueprintIds, tagIds }: Labels): ListPage[] {
  return [
    { name: "first page", path: rows },
    { name: "first page, all members", path: "/api/mdm/devices/?limit=50" },
    { name: "page 1,000", path: `${rows}&offset=49950` },
    ...searches.map(([name, text]) => ({ name: `search, ${name}`, path: `${rows}&search=${text}` })),
    ...["enrolled", "failing", "silent", "pending"].map((state) => query(`state=${state}`)),
    ...orderings.flatMap((column) => [query(`ordering=${column}`), query(`ordering=-${column}`)]),
    ...["name", "-last_seen_at", "-os_version"].map((ordering) => ({
      name: `ordering=${ordering}, page 1,000`,
      path: `${rows}&ordering=${ordering}&offset=49950`,
    })),
    { name: "blueprint and tag", path: `${rows}&blueprint=${blueprintIds[0]}&tags=${tagIds[0]}` },
    query("platform=macOS&state=failing"),
    query("platform=macOS&ordering=-last_seen_at"),
    query("search=mac&state=silent"),
    query("search=mac&ordering=-last_seen_at"),
    query("state=silent&state=failing&ordering=-last_seen_at"),
    { name: "commands", path: "/api/mdm/devices/commands/rows/" },
    { name: "dashboard", path: "/api/dashboard/" },
    { name: "search box, few", path: "/api/search/?q=H00012" },
    { name: "search box, nearly all", path: "/api/search/?q=mac" },
  ];
}
