import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { texts } from "../texts/en.ts";
import { ErrorState } from "./states.tsx";
import { useReturnedFocus } from "./use-returned-focus.ts";

/** A dialog with a few fields and one thing to do. */
export function FormModal(props: {
  readonly isOpen: boolean;
  readonly title: string;
  readonly submitLabel: string;
  readonly isPending: boolean;
  readonly error: unknown;
  /** Why it cannot be done as it is; shown above the buttons. */
  readonly disabledReason?: string | null;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children?: ReactNode;
  readonly size?: string;
}) {
  const { isOpen, title, submitLabel, isPending, error, onSubmit, onClose, size = "md" } = props;
  useReturnedFocus(isOpen);
  const { disabledReason = null } = props;
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={title}
      size={size}
      closeButtonProps={{ "aria-label": texts.common.close }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isPending && disabledReason === null) onSubmit();
        }}
      >
        <Stack>
          {props.children}
          {error !== null && error !== undefined && <ErrorState error={error} />}
          {disabledReason !== null && (
            <Text size="sm" role="status">
              {disabledReason}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {texts.common.cancel}
            </Button>
            <Button type="submit" loading={isPending} disabled={disabledReason !== null}>
              {submitLabel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
