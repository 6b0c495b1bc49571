/** A new package from a file, with the progress of its upload. */
import { Progress, Text, Textarea, TextInput } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import { ApiFailure } from "../api/failure.ts";
import { uploadFile } from "../api/upload.ts";
import { size } from "../format/size.ts";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { packageTexts as words } from "../texts/packages.ts";
import { resourceTexts } from "../texts/resources.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { FileDrop } from "../ui/FileDrop.tsx";
import { FormModal } from "../ui/FormModal.tsx";
import { useAction } from "../ui/use-action.ts";

const right = "mdm.add_package";

export function UploadPackage() {
  const { can } = useSession();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ActionButton
        leftSection={<IconUpload size={16} aria-hidden />}
        disabledReason={can(right) ? null : texts.common.noRight(right)}
        onClick={() => setOpen(true)}
      >
        {words.create}
      </ActionButton>
      {isOpen && <UploadDialog onClose={() => setOpen(false)} />}
    </>
  );
}

type Made = { readonly id: string; readonly name: string };

function UploadDialog({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [share, setShare] = useState(0);
  const save = useAction<File, Made>({
    run: async (chosen) => {
      const { uri, sha256 } = await uploadFile(chosen, setShare);
      return requestJson("POST", "/api/mdm/packages/", { name, description, source_uri: uri, sha256 });
    },
    done: (made) => words.created(made.name),
    refreshes: [["packages"]],
    showsError: true,
    onDone: ({ id }) => void navigate({ to: `/packages/${id}` }),
  });
  const problems = save.error instanceof ApiFailure ? save.error.fields : {};
  const others = Object.entries(problems).filter(([field]) => field !== "name");
  const told = others.length > 0 ? new Error(others.map(([, problem]) => problem).join(" ")) : save.error;
  return (
    <FormModal
      isOpen
      size="lg"
      title={words.create}
      submitLabel={words.create}
      isPending={save.isPending}
      error={problems["name"] === undefined ? told : null}
      onSubmit={() => {
        if (file !== null) save.mutate(file);
      }}
      onClose={onClose}
    >
      <FileDrop
        label={file?.name ?? words.drop}
        hint={file === null ? words.dropHint : size(file.size)}
        choose={words.choose}
        onFile={(chosen) => {
          setFile(chosen);
          if (name === "") setName(chosen.name.replace(/\.[^.]+$/, ""));
        }}
      />
      <TextInput
        label={resourceTexts.name}
        required
        value={name}
        error={problems["name"]}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Textarea
        label={words.description}
        autosize
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      {save.isPending && (
        <>
          <Text size="sm" role="status">
            {words.uploading}: {Math.round(share * 100)} %
          </Text>
          <Progress value={share * 100} aria-label={words.uploading} />
        </>
      )}
    </FormModal>
  );
}
