import { Group } from "@mantine/core";
import { parseWireTime } from "../format/time.ts";
import { texts } from "../texts/en.ts";
import { pushTexts } from "../texts/push.ts";
import { StatusBadge } from "../ui/StatusBadge.tsx";
import { Time } from "../ui/Time.tsx";
import { useNow } from "../ui/use-now.ts";

/** People are told so long before. */
const noticeMilliseconds = 60 * 86_400_000;

/** When something ends, and whether that is soon. */
export function Expiry({ at }: { readonly at: string | null }) {
  const now = useNow();
  const time = at === null ? null : parseWireTime(at);
  if (time === null) return <>{texts.common.none}</>;
  const left = time.getTime() - now.getTime();
  return (
    <Group gap="xs" component="span" display="inline-flex">
      {left < 0 ? (
        <StatusBadge tone="bad">{pushTexts.expired}</StatusBadge>
      ) : (
        left < noticeMilliseconds && <StatusBadge tone="attention">{pushTexts.renew}</StatusBadge>
      )}
      <Time at={at} />
    </Group>
  );
}
