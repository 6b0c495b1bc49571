/** Links within the console that look like Mantine's and know the routes. */
import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";

type Native = Omit<ComponentPropsWithRef<"a">, keyof AnchorProps>;

/** A link in a text or a table. */
export const TextLink = createLink((props: AnchorProps & Native) => <Anchor {...props} />);

/** A link that looks like a button: another page where something is done. */
export const ButtonLink = createLink(
  (props: ButtonProps & Omit<ComponentPropsWithRef<"a">, keyof ButtonProps>) => (
    <Button component="a" {...props} />
  ),
);
