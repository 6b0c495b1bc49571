/** The state of a document that somebody writes: as a form, or as a text that the form does not know. */
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { newUuid } from "../../format/bytes.ts";
import type { ArtifactFacts } from "./ArtifactFields.tsx";
import type { BaseVersion } from "./base-version.ts";
import { buildDocument, type DocumentIdentity, type DocumentKind } from "./build-document.ts";
import { findFeatured } from "./featured.ts";
import { type Change, type FormValue, withMember } from "./form-value.ts";
import { platformsTaking, type SchemaType } from "./schema-key.ts";
import { checkQuery } from "./schema-queries.ts";

/** How long a pause ends a change, before it is checked. */
const pauseMilliseconds = 400;

export function useDocument(kind: DocumentKind, schema: SchemaType, base: BaseVersion | null) {
  const [identity] = useState(() => identityOf(schema.type, base));
  const [facts, setFacts] = useState<ArtifactFacts>(() => factsOf(schema, base));
  const [value, setValue] = useState<FormValue>(
    () => base?.value ?? findFeatured(kind, schema.type)?.initial ?? {},
  );
  // Null while the form says what the document is.
  const [ownText, setOwnText] = useState<string | null>(base?.value === null ? (base.text ?? "") : null);
  const [isTouched, setTouched] = useState(false);
  const { name, channel, platforms } = facts;
  const text = ownText ?? buildDocument({ kind, schema, value, name, channel, identity });
  const [checked] = useDebouncedValue(text, pauseMilliseconds);
  const check = useQuery({
    ...checkQuery({ kind, text: checked, channel, platforms }),
    enabled: checked.trim() !== "",
    placeholderData: keepPreviousData,
  });
  const change: Change = useCallback((member, update) => {
    setTouched(true);
    setValue((before) => withMember(before, member, update(before[member])));
  }, []);
  return {
    facts,
    setFacts,
    value,
    change,
    text,
    ownText,
    setOwnText,
    isTouched,
    touch: () => setTouched(true),
    findings: check.data,
    isChecking: check.isFetching || checked !== text,
  };
}

function identityOf(type: string, base: BaseVersion | null): DocumentIdentity {
  const uuid = newUuid();
  const identifier = `pomona.${type.replace(/^com\.apple\./, "")}.${uuid.slice(0, 8).toLowerCase()}`;
  return { identifier, uuid, payloadUuid: newUuid(), ...base?.identity };
}

function factsOf(schema: SchemaType, base: BaseVersion | null): ArtifactFacts {
  if (base !== null) return base;
  const channel = schema.channels.includes("Device") ? "Device" : "User";
  return { name: "", channel, platforms: platformsTaking(schema.platforms) };
}
