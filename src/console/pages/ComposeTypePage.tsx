/** One type of Apple's schema, and the artifact or version that is made of it. */
import { Code } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { baseVersionQuery } from "../forms/payloads/base-version.ts";
import type { DocumentKind } from "../forms/payloads/build-document.ts";
import { DocumentForm } from "../forms/payloads/DocumentForm.tsx";
import { findFeatured } from "../forms/payloads/featured.ts";
import { schemaTypeQuery } from "../forms/payloads/schema-queries.ts";
import { texts } from "../texts/en.ts";
import { featuredTexts, payloadTexts } from "../texts/payloads.ts";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ErrorState, LoadingState } from "../ui/states.tsx";

const route = getRouteApi("/shell/artifacts/compose/$kind/$type");

export function ComposeTypePage() {
  const { kind: said, type } = route.useParams();
  const { artifact } = route.useSearch();
  const kind: DocumentKind = said === "profile" ? "profile" : "declaration";
  // A version that is there brings the schemas of what it holds.
  const schema = useQuery({ ...schemaTypeQuery(kind, type), enabled: artifact === undefined });
  const base = useQuery({ ...baseVersionQuery(kind, artifact ?? ""), enabled: artifact !== undefined });
  const error = schema.error ?? base.error;
  const known = findFeatured(kind, type);
  const title = schema.data?.title ?? (known === null ? type : featuredTexts[known.id].title);
  const isReady = artifact === undefined ? schema.data !== undefined : base.data !== undefined;
  return (
    <>
      <PageHeader
        title={base.data === undefined ? title : payloadTexts.versionOf(base.data.name)}
        crumbs={[
          { label: texts.navigation.artifacts, to: "/artifacts" },
          { label: payloadTexts.title, to: "/artifacts/compose" },
        ]}
        description={
          <>
            {known === null ? null : featuredTexts[known.id].about}{" "}
            <Code style={{ overflowWrap: "anywhere" }}>{type}</Code>
          </>
        }
      />
      {error !== null && (
        <ErrorState error={error} retry={() => void Promise.all([schema.refetch(), base.refetch()])} />
      )}
      {error === null && !isReady && <LoadingState />}
      {error === null && isReady && (
        <DocumentForm
          key={`${kind} ${type} ${artifact ?? ""}`}
          kind={kind}
          schema={schema.data ?? null}
          base={base.data ?? null}
        />
      )}
    </>
  );
}
