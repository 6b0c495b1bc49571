/** A new certificate for devices: who issues it, and what is in it. */
import { Button, Group, Paper, Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiFailure } from "../api/failure.ts";
import { requestJson } from "../api/client.ts";
import { plainText } from "../format/plain-text.ts";
import { bodyOf, type Field, formValues, type FormValues, valueAt, withValue } from "../resources/field.ts";
import { FieldInput } from "../resources/FieldInput.tsx";
import { platforms as allPlatforms, platformOptions } from "../resources/platforms.ts";
import { scopeOf } from "../scopes/scope.ts";
import { artifactTexts } from "../texts/artifacts.ts";
import { certificateTexts as words } from "../texts/certificates.ts";
import { resourceTexts } from "../texts/resources.ts";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ErrorState } from "../ui/states.tsx";
import { useAction } from "../ui/use-action.ts";
import type { Artifact } from "./artifact-kinds.ts";
import { readSubject } from "./subject-lines.ts";

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

const alternativeNames = ["rfc822Name", "dNSName", "uniformResourceIdentifier", "ntPrincipalName"] as const;

const certificateFields: readonly Field[] = [
  {
    kind: "relation",
    to: "acmeIssuer",
    name: "acme_issuer",
    label: words.acmeIssuer,
    help: words.issuerHelp,
    initial: null,
  },
  { kind: "relation", to: "scepIssuer", name: "scep_issuer", label: words.scepIssuer, initial: null },
  { kind: "paragraph", name: "subject", label: words.subject, help: words.subjectHelp, initial: "" },
  ...alternativeNames.map(
    (name): Field => ({ kind: "text", name: `subject_alt_name.${name}`, label: words[name], initial: null }),
  ),
  {
    kind: "select",
    name: "accessible",
    label: words.accessible,
    options: words.accessibleOptions,
    initial: "Default",
  },
];

const fields = [...artifactFields, ...certificateFields];

/** Makes the artifact with its first version; without the version it does not stay. */
async function saveCertificate(values: FormValues): Promise<Artifact> {
  const artifact = await requestJson<Artifact>("POST", "/api/mdm/artifacts/", {
    ...bodyOf(artifactFields, values),
    type: "Certificate Asset",
  });
  const enabled = allPlatforms.filter((platform) => artifact.platforms.includes(platform));
  try {
    await requestJson("POST", "/api/mdm/cert_assets/", {
      ...bodyOf(certificateFields, values),
      ...scopeOf(enabled),
      subject: readSubject(plainText(values["subject"])),
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
  const [values, setValues] = useState(formValues(fields, null));
  const save = useAction<FormValues, Artifact>({
    run: saveCertificate,
    done: ({ name }) => artifactTexts.added(name),
    refreshes: [["artifacts"]],
    showsError: true,
    onDone: ({ id }) => void navigate({ to: `/artifacts/${id}` }),
  });
  const problems = save.error instanceof ApiFailure ? save.error.fields : {};
  const problemOf = (name: string): string | undefined =>
    Object.entries(problems).find(([field]) => field === name || field.startsWith(`${name}.`))?.[1];
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
            {fields.map((field) => (
              <FieldInput
                key={field.name}
                field={field}
                value={valueAt(values, field.name)}
                problem={problemOf(field.name)}
                onChange={(value) => setValues(withValue(values, field.name, value))}
              />
            ))}
            {save.error !== null && !fields.some(({ name }) => problemOf(name) !== undefined) && (
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
