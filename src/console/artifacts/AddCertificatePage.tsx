/** A new certificate for devices: who issues it, and what is in it. */
import { Button, Group, Paper, Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiFailure } from "../api/failure.ts";
import { requestJson } from "../api/client.ts";
import { bodyOf, type Field, formValues, type FormValues } from "../resources/field.ts";
import { platforms as allPlatforms, platformOptions } from "../resources/platforms.ts";
import { scopeOf } from "../scopes/scope.ts";
import { artifactTexts } from "../texts/artifacts.ts";
import { certificateTexts as words } from "../texts/certificates.ts";
import { resourceTexts } from "../texts/resources.ts";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ErrorState } from "../ui/states.tsx";
import { useAction } from "../ui/use-action.ts";
import type { Artifact } from "./artifact-kinds.ts";
import { FieldStack, problemOf } from "./FieldStack.tsx";
import { certificate } from "./version-fields.ts";

const artifactFields: readonly Field[] = [
  { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
  {
    kind: "select",
    name: "channel",
    label: artifactTexts.channel,
    options: artifactTexts.channelOptions,
    initial: "Device",
  },
  {
    kind: "select",
    isMany: true,
    name: "platforms",
    label: artifactTexts.platforms,
    options: platformOptions,
    isRequired: true,
    initial: ["macOS"],
  },
];

const fields = [...artifactFields, ...certificate.fields];

/** Makes the artifact with its first version; without the version it does not stay. */
async function saveCertificate(values: FormValues): Promise<Artifact> {
  const artifact = await requestJson<Artifact>("POST", "/api/mdm/artifacts/", {
    ...bodyOf(artifactFields, values),
    type: "Certificate Asset",
  });
  const enabled = allPlatforms.filter((platform) => artifact.platforms.includes(platform));
  try {
    await requestJson("POST", "/api/mdm/cert_assets/", {
      ...certificate.bodyOf(values),
      ...scopeOf(enabled),
      artifact: artifact.id,
      version: 1,
    });
  } catch (error) {
    await requestJson("DELETE", `/api/mdm/artifacts/${artifact.id}/`);
    throw error;
  }
  return artifact;
}

export function AddCertificatePage() {
  const navigate = useNavigate();
  const [values, setValues] = useState(() => ({
    ...formValues(artifactFields, null),
    ...certificate.valuesOf(null),
  }));
  const save = useAction<FormValues, Artifact>({
    run: saveCertificate,
    done: ({ name }) => artifactTexts.added(name),
    refreshes: [["artifacts"]],
    showsError: true,
    onDone: ({ id }) => void navigate({ to: `/artifacts/${id}` }),
  });
  const problems = save.error instanceof ApiFailure ? save.error.fields : {};
  return (
    <>
      <PageHeader
        title={words.title}
        crumbs={[{ label: artifactTexts.many, to: "/artifacts" }]}
        description={words.about}
      />
      <Paper withBorder p="md" maw={720}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate(values);
          }}
        >
          <Stack>
            <FieldStack fields={fields} values={values} problems={problems} onChange={setValues} />
            {save.error !== null && !fields.some(({ name }) => problemOf(problems, name) !== undefined) && (
              <ErrorState error={save.error} />
            )}
            <Group justify="flex-end">
              <Button type="submit" loading={save.isPending}>
                {words.create}
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
    </>
  );
}
