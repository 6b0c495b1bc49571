/** Views of a list that people saved: filters, order and columns under a name, their own or shared. */
import { ActionIcon, Button, Checkbox, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBookmark, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { api, unwrap } from "../api/client.ts";
import { texts } from "../texts/en.ts";
import { savedViewTexts as t } from "../texts/saved-views.ts";
import { FormModal } from "../ui/FormModal.tsx";
import { ErrorState } from "../ui/states.tsx";
import { useAction } from "../ui/use-action.ts";

const readViews = (page: string) =>
  unwrap(api.GET("/api/console/saved_views/", { params: { query: { page } } }));

type View = Awaited<ReturnType<typeof readViews>>[number];

type Props = {
  /** The list's name for the API, such as `devices`. */
  readonly page: string;
  /** The columns that are shown now. */
  readonly columns: readonly string[];
  readonly onColumns: (columns: readonly string[]) => void;
};

export function SavedViews({ page, columns, onColumns }: Props) {
  const router = useRouter();
  const [isOpen, menu] = useDisclosure();
  const [isSaving, dialog] = useDisclosure();
  const key = ["saved views", page];
  const views = useQuery({ queryKey: key, queryFn: () => readViews(page), enabled: isOpen });
  const remove = useAction({
    run: ({ id }: View) =>
      unwrap(api.DELETE("/api/console/saved_views/{uuid}/", { params: { path: { uuid: id } } })),
    done: (_, { name }) => t.deleted(name),
    refreshes: [key],
  });
  const open = (view: View): void => {
    if (view.columns !== null) onColumns(view.columns);
    router.history.push(`${router.state.location.pathname}${view.query === "" ? "" : `?${view.query}`}`);
    menu.close();
  };
  return (
    <>
      <Popover
        opened={isOpen}
        onChange={(open) => (open ? menu.open() : menu.close())}
        position="bottom-end"
        withinPortal
        trapFocus
      >
        <Popover.Target>
          <Button
            variant="default"
            leftSection={<IconBookmark size={16} aria-hidden />}
            onClick={menu.toggle}
          >
            {t.views}
          </Button>
        </Popover.Target>
        <Popover.Dropdown maw={340}>
          <Stack gap="xs">
            {views.error !== null && <ErrorState error={views.error} />}
            {views.data?.length === 0 && <Text size="sm">{t.none}</Text>}
            {views.data?.map((view) => (
              <Group key={view.id} justify="space-between" wrap="nowrap">
                <Button variant="subtle" size="compact-md" onClick={() => open(view)}>
                  {view.name}
                </Button>
                {view.is_own ? (
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t.remove(view.name)}
                    onClick={() => remove.mutate(view)}
                  >
                    <IconTrash size={16} aria-hidden />
                  </ActionIcon>
                ) : (
                  <Text size="xs" c="dimmed">
                    {t.by(view.owner)}
                  </Text>
                )}
              </Group>
            ))}
            <Button
              variant="light"
              onClick={() => {
                menu.close();
                dialog.open();
              }}
            >
              {t.save}
            </Button>
          </Stack>
        </Popover.Dropdown>
      </Popover>
      {isSaving && <SaveView page={page} columns={columns} onClose={dialog.close} />}
    </>
  );
}

function SaveView(props: Pick<Props, "page" | "columns"> & { readonly onClose: () => void }) {
  const { page, columns, onClose } = props;
  const router = useRouter();
  const [name, setName] = useState("");
  const [isShared, setShared] = useState(false);
  const save = useAction({
    run: () => {
      const query = router.state.location.searchStr.replace(/^\?/, "");
      const body = { page, name, query, columns: [...columns], is_shared: isShared };
      return unwrap(api.POST("/api/console/saved_views/", { body }));
    },
    done: () => t.saved(name),
    refreshes: [["saved views", page]],
    showsError: true,
    onDone: onClose,
  });
  return (
    <FormModal
      isOpen
      title={t.save}
      submitLabel={texts.common.save}
      isPending={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate(undefined)}
      onClose={onClose}
    >
      <TextInput
        label={t.name}
        required
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Checkbox
        label={t.share}
        checked={isShared}
        onChange={(event) => setShared(event.currentTarget.checked)}
      />
    </FormModal>
  );
}
