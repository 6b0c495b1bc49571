import { Button, type ButtonProps, Tooltip } from "@mantine/core";
import type { MouseEventHandler, ReactNode } from "react";

/** A button that says why it is disabled; it stays focusable, so that the reason can be read with the keyboard. */
export function ActionButton(
  props: ButtonProps & {
    readonly children: ReactNode;
    /** Null when the action may be done. */
    readonly disabledReason?: string | null;
    readonly onClick?: MouseEventHandler<HTMLButtonElement>;
    readonly type?: "button" | "submit";
  },
) {
  const { disabledReason = null, onClick, ...rest } = props;
  if (disabledReason === null) return <Button {...rest} {...(onClick === undefined ? {} : { onClick })} />;
  return (
    <Tooltip label={disabledReason} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <Button
        {...rest}
        type="button"
        data-disabled
        aria-disabled
        aria-description={disabledReason}
        onClick={(event) => event.preventDefault()}
      />
    </Tooltip>
  );
}
