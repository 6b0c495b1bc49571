/** A further version by form: what the last one says is there, and is changed. */
import { Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useState } from "react";
import { ApiFailure } from "../api/failure.ts";
import { requestJson } from "../api/client.ts";
import type { FormValues } from "../resources/field.ts";
import { platforms as allPlatforms } from "../resources/platforms.ts";
import { scopeOf } from "../scopes/scope.ts";
import { useSession } from "../session/session.ts";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { FormModal } from "../ui/FormModal.tsx";
import { useAction } from "../ui/use-action.ts";
import { type Artifact, versionKinds } from "./artifact-kinds.ts";
import { FieldStack, problemOf } from "./FieldStack.tsx";
import { versionBody, type VersionRow } from "./version-content.ts";
import { type VersionFields, versionFieldsOf } from "./version-fields.ts";
import { versionKeys } from "./version-queries.ts";

type Props = { readonly artifact: Artifact; readonly latest: VersionRow | null };

/** Absent for versions without fields; an app's first version needs a file. */
export function FieldVersionButton({ artifact, latest }: Props) {
  const { can } = useSession();
  const [isOpen, setOpen] = useState(false);
  const described = versionFieldsOf(artifact.type);
  if (described === null || (latest === null && artifact.type !== "Certificate Asset")) return null;
  const right = `mdm.add_${versionKinds[artifact.type]?.permission ?? ""}`;
  return (
    <>
      <ActionButton
        variant={artifact.type === "Certificate Asset" ? "light" : "default"}
        leftSection={<IconPencil size={16} aria-hidden />}
        disabledReason={can(right) ? null : texts.common.noRight(right)}
        onClick={() => setOpen(true)}
      >
        {latest === null ? words.newVersion : words.editAsNew}
      </ActionButton>
      {isOpen && (
        <FieldVersionDialog
          artifact={artifact}
          latest={latest}
          described={described}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

type DialogProps = Props & { readonly described: VersionFields; readonly onClose: () => void };

function FieldVersionDialog({ artifact, latest, described, onClose }: DialogProps) {
  const [values, setValues] = useState(() => described.valuesOf(latest));
  const next = (latest?.version ?? 0) + 1;
  const save = useAction<FormValues, unknown>({
    run: (said) =>
      requestJson("POST", versionKinds[artifact.type]?.api ?? "", {
        ...(latest === null ? firstVersion(artifact) : versionBody(latest, next)),
        ...described.bodyOf(said),
      }),
    done: () => words.restored(next),
    refreshes: versionKeys,
    showsError: true,
    onDone: onClose,
  });
  const problems = save.error instanceof ApiFailure ? save.error.fields : {};
  const isTold = described.fields.some(({ name }) => problemOf(problems, name) !== undefined);
  return (
    <FormModal
      isOpen
      size="lg"
      title={`${artifact.name}: ${words.versionNumber(next)}`}
      submitLabel={words.newVersion}
      isPending={save.isPending}
      error={isTold ? null : save.error}
      onSubmit={() => save.mutate(values)}
      onClose={onClose}
    >
      {latest !== null && <Text size="sm">{words.editAsNewHelp}</Text>}
      <FieldStack fields={described.fields} values={values} problems={problems} onChange={setValues} />
    </FormModal>
  );
}

function firstVersion(artifact: Artifact): object {
  const enabled = allPlatforms.filter((platform) => artifact.platforms.includes(platform));
  return { artifact: artifact.id, version: 1, ...scopeOf(enabled) };
}
