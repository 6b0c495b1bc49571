/** Settings to choose from: what becomes a profile or a declaration. */
import {
  Anchor,
  Badge,
  Group,
  Paper,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { artifactTypeOf, type DocumentKind } from "../forms/payloads/build-document.ts";
import { featured } from "../forms/payloads/featured.ts";
import { platformsTaking, type SchemaEntry } from "../forms/payloads/schema-key.ts";
import { catalogQuery } from "../forms/payloads/schema-queries.ts";
import { featuredTexts, payloadTexts } from "../texts/payloads.ts";
import { texts } from "../texts/en.ts";
import { PageHeader } from "../ui/PageHeader.tsx";
import { EmptyState, ErrorState } from "../ui/states.tsx";

const route = getRouteApi("/shell/artifacts/compose");

type Choice = SchemaEntry & { readonly kind: DocumentKind };

export function ComposePage() {
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const [payloads, declarations] = useQueries({
    queries: [catalogQuery("profile"), catalogQuery("declaration")],
  });
  const error = payloads.error ?? declarations.error;
  return (
    <>
      <PageHeader
        title={payloadTexts.title}
        crumbs={[{ label: texts.navigation.artifacts, to: "/artifacts" }]}
        description={payloadTexts.description}
      />
      <Stack gap="lg">
        <TextInput
          type="search"
          aria-label={payloadTexts.search}
          placeholder={payloadTexts.search}
          leftSection={<IconSearch size={16} aria-hidden />}
          maw={420}
          value={q}
          onChange={(event) => {
            const typed = event.currentTarget.value;
            void navigate({ search: typed === "" ? {} : { q: typed }, replace: true });
          }}
        />
        {q === "" && <Often />}
        {error === null ? (
          <Everything search={q} payloads={payloads.data} declarations={declarations.data} />
        ) : (
          <ErrorState
            error={error}
            retry={() => void Promise.all([payloads.refetch(), declarations.refetch()])}
          />
        )}
      </Stack>
    </>
  );
}

function Often() {
  return (
    <Stack gap="sm" component="section" aria-labelledby="often">
      <Title order={2} size="h4" id="often">
        {payloadTexts.often}
      </Title>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="sm">
        {featured.map(({ id, kind, type }) => (
          <Paper key={id} withBorder p="md">
            <Group justify="space-between" align="flex-start" wrap="nowrap" mb={4}>
              <Anchor component={Link} to={`/artifacts/compose/${kind}/${type}`} fw={600}>
                {featuredTexts[id].title}
              </Anchor>
              <KindBadge kind={kind} />
            </Group>
            <Text size="sm" c="dimmed">
              {featuredTexts[id].about}
            </Text>
          </Paper>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Everything(props: {
  readonly search: string;
  readonly payloads: readonly SchemaEntry[] | undefined;
  readonly declarations: readonly SchemaEntry[] | undefined;
}) {
  const { search, payloads, declarations } = props;
  if (payloads === undefined || declarations === undefined) return <Skeletons />;
  const wanted = search.trim().toLowerCase();
  const isWanted = ({ type, title }: Choice): boolean => `${title} ${type}`.toLowerCase().includes(wanted);
  const choices = [...choicesOf("declaration", declarations), ...choicesOf("profile", payloads)]
    .filter(isWanted)
    .toSorted((a, b) => a.title.localeCompare(b.title, "en"));
  if (choices.length === 0) {
    return <EmptyState title={payloadTexts.noneFound}>{payloadTexts.noneFoundHelp}</EmptyState>;
  }
  return (
    <Stack gap="sm" component="section" aria-labelledby="everything">
      <Title order={2} size="h4" id="everything">
        {payloadTexts.all}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="xs" verticalSpacing={6}>
        {choices.map(({ kind, type, title, platforms }) => (
          <Group key={`${kind} ${type}`} gap="xs" wrap="nowrap" align="flex-start">
            <Stack gap={0} miw={0} flex={1}>
              <Anchor component={Link} to={`/artifacts/compose/${kind}/${type}`} size="sm" fw={500}>
                {title}
              </Anchor>
              <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                {type} · {platformsTaking(platforms).join(", ")}
              </Text>
            </Stack>
            <KindBadge kind={kind} />
          </Group>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

/** What an artifact can be made of, for devices that an artifact can be for. */
function choicesOf(kind: DocumentKind, entries: readonly SchemaEntry[]): Choice[] {
  return entries
    .filter(
      ({ type, platforms }) => artifactTypeOf(kind, type) !== null && platformsTaking(platforms).length > 0,
    )
    .map((entry) => ({ ...entry, kind }));
}

function KindBadge({ kind }: { readonly kind: DocumentKind }) {
  return (
    <Badge variant="default" size="xs" tt="none" fw={500} style={{ flexShrink: 0 }}>
      {kind === "profile" ? payloadTexts.profile : payloadTexts.declaration}
    </Badge>
  );
}

function Skeletons() {
  return (
    <Stack gap="xs" role="status" aria-label={texts.common.loading}>
      {Array.from({ length: 6 }, (_, index) => (
        <Skeleton key={index} height={36} />
      ))}
    </Stack>
  );
}
