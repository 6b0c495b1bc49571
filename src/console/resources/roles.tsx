/** Roles: what accounts may do. */
import { List } from "@mantine/core";
import { roleTexts as words } from "../texts/accounts.ts";
import { resourceTexts } from "../texts/resources.ts";
import { changedColumn, datedFacts } from "./common-columns.tsx";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

type Role = RowOf<"/api/accounts/roles/">;

const resource: Resource<Role> = {
  api: "/api/accounts/roles/",
  page: "/roles",
  model: "accounts.role",
  eventKind: "accounts_role",
  texts: words,
  titleOf: ({ name }) => name,
  columns: [
    {
      id: "permissions",
      header: words.permissions,
      cell: ({ permissions }) => words.count(permissions.length),
      text: ({ permissions }) => permissions.length,
    },
    { id: "accounts", header: words.accounts, cell: ({ accounts }) => accounts },
    changedColumn,
  ],
  facts: (row) => [{ label: words.accounts, value: row.accounts }, ...datedFacts(row)],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    {
      kind: "relation",
      to: "permission",
      isMany: true,
      name: "permissions",
      label: words.permissions,
      initial: [],
    },
  ],
  tabs: [
    {
      id: "permissions",
      label: words.permissions,
      content: ({ permissions }) => (
        <List size="sm">
          {permissions.map((codename) => (
            <List.Item key={codename}>{codename}</List.Item>
          ))}
        </List>
      ),
    },
    usedByTab(["accountByRole"]),
  ],
  lockedReason: ({ built_in: builtIn }) => (builtIn === null ? null : words.builtIn),
};

export const { ListPage, ObjectPage } = resourcePages(resource);
