/** What the API asks of those who change tags of machines, because a name may be new. */
export const tagRights = [
  "inventory.add_tag",
  "inventory.add_taxonomy",
  "inventory.add_machinetag",
  "inventory.delete_machinetag",
] as const;
