/** What can be done to the devices that are selected. */
import { Button } from "@mantine/core";
import { useState } from "react";
import { useSession } from "../../session/session.ts";
import { deviceListTexts as t } from "../../texts/device-list.ts";
import { texts } from "../../texts/en.ts";
import { ActionButton } from "../../ui/ActionButton.tsx";
import { countText } from "../../ui/ResourceTable.tsx";
import { SelectionBar } from "../../ui/SelectionBar.tsx";
import { AssignBlueprint } from "./AssignBlueprint.tsx";
import { BulkCommand } from "./BulkCommand.tsx";
import { BulkTags } from "./BulkTags.tsx";
import { type BulkTarget, countOf } from "./bulk-target.ts";
import { tagRights } from "./tag-rights.ts";

type Dialog = "command" | "blueprint" | "tags";

export function BulkBar(props: {
  readonly target: BulkTarget;
  /** All that the list shows, when that is more than what is selected. */
  readonly matching: Extract<BulkTarget, { readonly kind: "matching" }> | null;
  readonly onSelectMatching: () => void;
  readonly onDeselect: () => void;
}) {
  const { target, matching, onSelectMatching, onDeselect } = props;
  const { can } = useSession();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = (): void => setDialog(null);
  const why = (rights: readonly string[]): string | null => {
    const missing = rights.find((right) => !can(right));
    return missing === undefined ? null : texts.common.noRight(missing);
  };
  const count = countOf(target);
  const told = target.kind === "rows" ? t.bulk.selected(count) : t.bulk.matching(matchingText(target));
  return (
    <>
      <SelectionBar count={count} told={told} onDeselect={onDeselect}>
        {matching !== null && (
          <Button size="xs" variant="light" onClick={onSelectMatching}>
            {t.bulk.selectMatching(matchingText(matching))}
          </Button>
        )}
        <ActionButton
          size="xs"
          disabledReason={why(["mdm.add_devicecommand"])}
          onClick={() => setDialog("command")}
        >
          {t.bulk.command}
        </ActionButton>
        <ActionButton
          size="xs"
          variant="default"
          disabledReason={why(["mdm.change_enrolleddevice", "mdm.view_blueprint"])}
          onClick={() => setDialog("blueprint")}
        >
          {t.bulk.blueprint}
        </ActionButton>
        <ActionButton
          size="xs"
          variant="default"
          disabledReason={why([...tagRights, "inventory.view_tag", "inventory.view_taxonomy"])}
          onClick={() => setDialog("tags")}
        >
          {t.bulk.tags}
        </ActionButton>
      </SelectionBar>
      {dialog === "command" && <BulkCommand target={target} onClose={close} />}
      {dialog === "blueprint" && <AssignBlueprint target={target} blueprint={null} onClose={close} />}
      {dialog === "tags" && <BulkTags target={target} onClose={close} />}
    </>
  );
}

function matchingText({ count, isMinimum }: Extract<BulkTarget, { readonly kind: "matching" }>): string {
  return countText({ count, count_is_minimum: isMinimum });
}
