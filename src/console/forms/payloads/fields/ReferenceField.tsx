import { Autocomplete } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../../api/client.ts";
import type { FieldProps } from "../KeyField.tsx";

const referencesMax = 500;
const referable = ["Asset", "Certificate Asset", "Data Asset"];

/** What refers to another artifact: those there are, or a text. */
export function ReferenceField({ schema, name, title, description, error, value, onChange }: FieldProps) {
  const artifacts = useQuery({
    queryKey: ["artifacts", "references"],
    queryFn: () => unwrap(api.GET("/api/mdm/artifacts/", { params: { query: { limit: referencesMax } } })),
  });
  const names = new Map(
    (artifacts.data?.results ?? [])
      .filter(({ type }) => referable.includes(type))
      .map((artifact) => [`ztl:${artifact.id}`, `${artifact.name} (${artifact.type})`]),
  );
  return (
    <Autocomplete
      label={title}
      description={description}
      error={error}
      withAsterisk={schema.required}
      data={[...names.keys()]}
      renderOption={({ option }) => names.get(option.value) ?? option.value}
      value={typeof value === "string" ? value : ""}
      onChange={(text) => onChange(name, () => (text === "" ? undefined : text))}
    />
  );
}
