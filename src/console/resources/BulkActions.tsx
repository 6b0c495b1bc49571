/** What can be done to the rows of a list that are selected. */
import { useState } from "react";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { SelectionBar } from "../ui/SelectionBar.tsx";
import type { BulkAction } from "./bulk-action.ts";
import { BulkDialog } from "./BulkDialog.tsx";

export function BulkActions<Row>(props: {
  readonly actions: readonly BulkAction<Row>[];
  readonly rows: readonly Row[];
  readonly titleOf: (row: Row) => string;
  /** The beginning of the keys of queries that are out of date afterwards. */
  readonly queryKey: string;
  readonly onDeselect: () => void;
}) {
  const { actions, rows, titleOf, queryKey, onDeselect } = props;
  const { can } = useSession();
  const [open, setOpen] = useState<string | null>(null);
  const action = actions.find(({ id }) => id === open);
  return (
    <>
      <SelectionBar count={rows.length} onDeselect={onDeselect}>
        {actions.map(({ id, label, permission }) => (
          <ActionButton
            key={id}
            size="xs"
            variant="default"
            disabledReason={can(permission) ? null : texts.common.noRight(permission)}
            onClick={() => setOpen(id)}
          >
            {label}
          </ActionButton>
        ))}
      </SelectionBar>
      {action !== undefined && (
        <BulkDialog
          action={action}
          rows={rows}
          titleOf={titleOf}
          queryKey={queryKey}
          onClose={(done) => {
            setOpen(null);
            if (done.length > 0) onDeselect();
          }}
        />
      )}
    </>
  );
}
