import { Fieldset, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { FieldProps } from "../KeyField.tsx";

/** Fields that belong together, under their name, with what is said of all of them. */
export function FieldGroup(
  props: Pick<FieldProps, "title" | "description" | "error"> & { readonly children: ReactNode },
) {
  const { title, description, error, children } = props;
  return (
    <Fieldset legend={title} p="sm">
      <Stack gap="sm">
        {description !== undefined && (
          <Text size="xs" c="dimmed">
            {description}
          </Text>
        )}
        {error !== undefined && (
          <Text size="sm" c="var(--mantine-color-error)">
            {error}
          </Text>
        )}
        {children}
      </Stack>
    </Fieldset>
  );
}
