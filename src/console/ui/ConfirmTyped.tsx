import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { ReactNode } from "react";
import { texts } from "../texts/en.ts";
import { ErrorState } from "./states.tsx";
import { useReturnedFocus } from "./use-returned-focus.ts";

/** A dialog for what cannot be undone: its consequence in words, and the object's name to be typed. */
export function ConfirmTyped(props: {
  readonly isOpen: boolean;
  readonly title: string;
  /** What will happen, and to whom. */
  readonly consequence: ReactNode;
  /** Instead of saying that it cannot be undone. */
  readonly warning?: string;
  /** What has to be typed: a serial number, a name. */
  readonly phrase: string;
  readonly confirmLabel: string;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** Fields of the action itself, above the confirmation. */
  readonly children?: ReactNode;
}) {
  const { isOpen, title, consequence, phrase, confirmLabel, isPending, error, onConfirm, onClose } = props;
  useReturnedFocus(isOpen);
  const [typed, setTyped] = useState("");
  const close = (): void => {
    setTyped("");
    onClose();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={title}
      closeButtonProps={{ "aria-label": texts.common.close }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === phrase && !isPending) onConfirm();
        }}
      >
        <Stack>
          <Alert color="red" title={props.warning ?? texts.common.cannotBeUndone}>
            {consequence}
          </Alert>
          {props.children}
          <TextInput
            label={
              <Text span size="sm">
                {texts.common.typeToConfirm} <strong>{phrase}</strong>
              </Text>
            }
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
          />
          {error !== null && error !== undefined && <ErrorState error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {texts.common.cancel}
            </Button>
            <Button type="submit" color="red.9" disabled={typed !== phrase} loading={isPending}>
              {confirmLabel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
