/** On every page: a certificate that ends soon, before devices notice. */
import { Anchor, Box, Button, Group, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { api, unwrap } from "../api/client.ts";
import { dayAfter } from "../format/time.ts";
import { dashboardTexts } from "../texts/dashboard.ts";
import { Notice } from "../ui/Notice.tsx";
import { Time } from "../ui/Time.tsx";
import { useNow } from "../ui/use-now.ts";
import { bannerOf, expiryPage } from "./expiry-banner.ts";

const words = dashboardTexts.banner;
const againMilliseconds = 3_600_000;

const expiriesQuery = queryOptions({
  queryKey: ["expiries"],
  queryFn: () => unwrap(api.GET("/api/expiries/", {})),
  staleTime: againMilliseconds,
  refetchInterval: againMilliseconds,
});

export function ExpiryBanner() {
  const { data = [] } = useQuery(expiriesQuery);
  const { pathname } = useLocation();
  const now = useNow();
  const today = dayAfter(now, 0);
  const [hiddenOn, hide] = useLocalStorage({ key: "pomona.expiries.hidden", defaultValue: "" });
  const banner = bannerOf(data, now);
  // The dashboard has a block of them.
  if (banner === null || pathname === "/" || (!banner.hasEnded && hiddenOn === today)) return null;
  const { first, others, hasEnded, isUrgent } = banner;
  const page = expiryPage(first);
  return (
    <Box component="section" aria-label={words.label} mb="md">
      <Notice tone={isUrgent ? "bad" : "attention"}>
        <Group justify="space-between" gap="xs">
          <Text size="sm">
            {dashboardTexts.kinds[first.kind]} <strong>{first.name}</strong>{" "}
            {hasEnded ? words.ended : words.ends} <Time at={first.expires_at} />.{" "}
            {words.consequences[first.kind]}{" "}
            {others > 0 && (
              <Anchor component={Link} to="/" size="sm">
                {words.more(others)}
              </Anchor>
            )}
          </Text>
          <Group gap="xs">
            {page !== null && (
              <Button component={Link} to={page} size="xs" variant="default">
                {words.open}
              </Button>
            )}
            {!hasEnded && (
              <Button size="xs" variant="subtle" onClick={() => hide(today)}>
                {words.hide}
              </Button>
            )}
          </Group>
        </Group>
      </Notice>
    </Box>
  );
}
