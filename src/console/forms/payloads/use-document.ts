/** The state of a document that somebody writes: as a form, or as a text that the form does not know. */
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { newUuid } from "../../format/bytes.ts";
import type { ArtifactFacts } from "./ArtifactFields.tsx";
import { type BaseVersion, readText } from "./base-version.ts";
import { buildDocument, type DocumentIdentity, type DocumentKind } from "./build-document.ts";
import { platformsTaking, type SchemaType } from "./schema-key.ts";
import { checkQuery } from "./schema-queries.ts";
import { newSection, type Section } from "./sections.ts";

/** How long a pause ends a change, before it is checked. */
const pauseMilliseconds = 400;

export function useDocument(kind: DocumentKind, schema: SchemaType | null, base: BaseVersion | null) {
  const [identity, setIdentity] = useState(() => identityOf(schema?.type ?? "", base));
  const [facts, setFacts] = useState<ArtifactFacts>(() => factsOf(schema, base));
  const [sections, setSections] = useState<readonly Section[]>(
    () => base?.sections ?? (schema === null ? [] : [newSection(kind, schema)]),
  );
  // Null while the form says what the document is.
  const [ownText, setOwnText] = useState<string | null>(base?.sections === null ? (base.text ?? "") : null);
  const [isTouched, setTouched] = useState(false);
  const { name, channel, platforms } = facts;
  const text = ownText ?? buildDocument({ kind, sections, name, channel, identity });
  const [checked] = useDebouncedValue(text, pauseMilliseconds);
  const check = useQuery({
    ...checkQuery({ kind, text: checked, channel, platforms }),
    enabled: checked.trim() !== "",
    placeholderData: keepPreviousData,
  });
  const changeSections = useCallback((update: (before: readonly Section[]) => readonly Section[]) => {
    setTouched(true);
    setSections(update);
  }, []);
  const client = useQueryClient();
  /** Makes the form say what the text says. @returns Whether the form can. */
  const readOwnText = async (): Promise<boolean> => {
    const read = await readText(client, kind, ownText ?? "");
    if (read.sections === null) return false;
    setSections(read.sections);
    setIdentity((before) => ({ ...before, ...read.identity }));
    setOwnText(null);
    return true;
  };
  return {
    facts,
    setFacts,
    sections,
    changeSections,
    text,
    ownText,
    setOwnText,
    readOwnText,
    isTouched,
    touch: () => setTouched(true),
    findings: check.data,
    isChecking: check.isFetching || checked !== text,
  };
}

function identityOf(type: string, base: BaseVersion | null): DocumentIdentity {
  const uuid = newUuid();
  const identifier = `pomona.${type.replace(/^com\.apple\./, "")}.${uuid.slice(0, 8).toLowerCase()}`;
  return { identifier, uuid, title: null, rest: {}, ...base?.identity };
}

function factsOf(schema: SchemaType | null, base: BaseVersion | null): ArtifactFacts {
  if (base !== null) return base;
  if (schema === null) return { name: "", channel: "Device", platforms: [] };
  const channel = schema.channels.includes("Device") ? "Device" : "User";
  return { name: "", channel, platforms: platformsTaking(schema.platforms) };
}
