import { FileInput } from "@mantine/core";
import { toBase64 } from "../../../format/bytes.ts";
import { payloadTexts } from "../../../texts/payloads.ts";
import type { FieldProps } from "../KeyField.tsx";

/** Bytes: a certificate, a picture. Kept as base64. */
export function DataField({ schema, name, title, description, error, value, onChange }: FieldProps) {
  const read = async (file: File | null): Promise<void> => {
    const text = file === null ? undefined : toBase64(new Uint8Array(await file.arrayBuffer()));
    onChange(name, () => text);
  };
  const bytes = typeof value === "string" ? Math.floor((value.replaceAll("=", "").length * 3) / 4) : null;
  const facts =
    bytes === null ? description : `${description ?? ""} ${payloadTexts.fileChosen(bytes)}`.trim();
  return (
    <FileInput
      label={title}
      description={facts}
      error={error}
      withAsterisk={schema.required}
      placeholder={payloadTexts.chooseFile}
      clearable
      onChange={(file) => void read(file)}
    />
  );
}
