/** Accounts: who may use the console and the API. */
import { Group } from "@mantine/core";
import { AccountTokens } from "../accounts/AccountTokens.tsx";
import { CreateAccount } from "../accounts/CreateAccount.tsx";
import { type Account, ResetPassword } from "../accounts/ResetPassword.tsx";
import { requestJson } from "../api/client.ts";
import { userTexts as words } from "../texts/accounts.ts";
import { StatusBadge } from "../ui/StatusBadge.tsx";
import { Time } from "../ui/Time.tsx";
import { datedFacts, relationsColumn, yesNo } from "./common-columns.tsx";
import { bodyOf, type Field, formValues } from "./field.ts";
import { RelationNames } from "./RelationName.tsx";
import type { Resource } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";

function State({ account }: { readonly account: Account }) {
  return (
    <Group gap={4} component="span" display="inline-flex">
      {account.is_active ? (
        <StatusBadge tone="good">{words.active}</StatusBadge>
      ) : (
        <StatusBadge tone="neutral">{words.inactive}</StatusBadge>
      )}
      {account.must_change_password && <StatusBadge tone="attention">{words.mustChange}</StatusBadge>}
    </Group>
  );
}

const kindOf = ({ is_service_account: isService }: Account): string =>
  isService ? words.service : words.person;

const common: readonly Field[] = [
  { kind: "text", name: "username", label: words.username, isRequired: true, initial: "" },
  { kind: "text", name: "email", label: words.email, isRequired: true, initial: "" },
  { kind: "switch", name: "is_superuser", label: words.superuser, initial: false },
  { kind: "relation", to: "role", isMany: true, name: "roles", label: words.roles, initial: [] },
];

const newFields: readonly Field[] = [
  ...common,
  {
    kind: "switch",
    name: "is_service_account",
    label: words.isService,
    help: words.isServiceHelp,
    initial: false,
  },
];

const described: Resource<Account> = {
  api: "/api/accounts/users/",
  page: "/users",
  model: "accounts.user",
  eventKind: "accounts_user",
  texts: words,
  titleOf: ({ username }) => username,
  searched: ({ email }) => [email],
  columns: [
    { id: "email", header: words.email, ordering: "email", cell: ({ email }) => email },
    { id: "kind", header: words.kind, isFilter: true, cell: kindOf },
    relationsColumn({ id: "roles", header: words.roles, to: "role", of: ({ roles }) => roles }),
    {
      id: "state",
      header: words.state,
      isFilter: true,
      cell: (account) => <State account={account} />,
      text: (account) => [
        account.is_active ? words.active : words.inactive,
        ...(account.must_change_password ? [words.mustChange] : []),
      ],
    },
    {
      id: "login",
      header: words.lastLogin,
      cell: ({ last_login: at }) => <Time at={at} />,
      text: ({ last_login: at }) => at,
    },
  ],
  facts: (row) => [
    { label: words.email, value: row.email },
    { label: words.kind, value: kindOf(row) },
    { label: words.state, value: <State account={row} /> },
    { label: words.superuser, value: yesNo(row.is_superuser) },
    { label: words.roles, value: <RelationNames to="role" ids={row.roles} /> },
    { label: words.secondFactors, value: row.verification_devices },
    { label: words.lastLogin, value: <Time at={row.last_login} /> },
    ...datedFacts(row),
  ],
  fields: [
    ...common,
    { kind: "switch", name: "is_active", label: words.active, help: words.activeHelp, initial: true },
  ],
  isDeletable: false,
  bulkActions: [
    {
      id: "deactivate",
      label: words.deactivate,
      permission: "accounts.change_user",
      consequence: words.deactivateConsequence,
      refusal: ({ is_active: isActive }) => (isActive ? null : words.isInactive),
      run: (row) =>
        requestJson("PUT", `/api/accounts/users/${row.id}/`, {
          ...bodyOf(common, formValues(common, row)),
          is_active: false,
        }),
    },
  ],
  tabs: [
    {
      id: "tokens",
      label: words.tokens,
      permission: "accounts.view_apitoken",
      content: (row) => <AccountTokens account={row} />,
    },
  ],
  actions: (row) => <ResetPassword account={row} />,
};

const resource: Resource<Account> = {
  ...described,
  listActions: <CreateAccount resource={described} fields={newFields} />,
};

export const { ListPage, ObjectPage } = resourcePages(resource);
