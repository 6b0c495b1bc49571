import { Button, FileButton, Paper, Stack, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useState } from "react";

/** A place for a file: dropped, or chosen with a button. */
export function FileDrop(props: {
  readonly label: string;
  readonly hint: string;
  readonly choose: string;
  readonly onFile: (file: File) => void;
}) {
  const { label, hint, choose, onFile } = props;
  const [isOver, setOver] = useState(false);
  const take = (file: File | null | undefined): void => {
    if (file !== null && file !== undefined) onFile(file);
  };
  return (
    <Paper
      withBorder
      p="xl"
      style={{
        borderStyle: "dashed",
        ...(isOver ? { borderColor: "var(--mantine-primary-color-filled)" } : {}),
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files[0]);
      }}
    >
      <Stack align="center" gap="xs" ta="center">
        <IconUpload size={28} aria-hidden />
        <Text fw={600}>{label}</Text>
        <Text size="sm" c="dimmed" maw={520}>
          {hint}
        </Text>
        <FileButton onChange={take}>
          {(button) => (
            <Button variant="default" {...button}>
              {choose}
            </Button>
          )}
        </FileButton>
      </Stack>
    </Paper>
  );
}
