import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { userTexts as words } from "../texts/accounts.ts";
import { texts } from "../texts/en.ts";
import { CopyText } from "../ui/CopyText.tsx";

/** A secret that the server says once: it stays until somebody closes it. */
export function ShownOnce(props: {
  readonly title: string;
  readonly label: string;
  readonly secret: string;
  readonly onClose: () => void;
}) {
  const { title, label, secret, onClose } = props;
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": texts.common.close }}
    >
      <Stack>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <CopyText value={secret} label={label} />
        <Alert color="yellow" variant="light">
          {words.shownOnce}
        </Alert>
        <Group justify="flex-end">
          <Button onClick={onClose}>{texts.common.close}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
