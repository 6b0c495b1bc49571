import { Anchor, type AnchorProps } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** A link to the page of an object whose kind is data, so that its address is only known as text. */
export function ObjectLink({
  to,
  search,
  children,
  ...anchor
}: AnchorProps & { readonly to: string; readonly search?: object; readonly children: ReactNode }) {
  // No search of its own, or the list's would follow to the object.
  return (
    <Anchor {...anchor} renderRoot={(root) => <Link {...root} to={to} search={search ?? {}} />}>
      {children}
    </Anchor>
  );
}
