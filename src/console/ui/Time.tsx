import { Text, Tooltip } from "@mantine/core";
import { exactTime, parseWireTime, relativeTime } from "../format/time.ts";
import { texts } from "../texts/en.ts";
import { useNow } from "./use-now.ts";

/** A time of the API: relative, exact on hover and for screen readers. */
export function Time({
  at,
  none = texts.common.never,
}: {
  readonly at: string | null;
  readonly none?: string;
}) {
  const now = useNow();
  const time = at === null ? null : parseWireTime(at);
  if (time === null)
    return (
      <Text span c="dimmed" size="sm">
        {none}
      </Text>
    );
  return (
    <Tooltip label={exactTime(time)} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={time.toISOString()}>{relativeTime(time, now)}</time>
    </Tooltip>
  );
}
