import { IconPencil } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { readPlistDictionary } from "../format/read-plist.ts";
import { useSession } from "../session/session.ts";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { type Artifact, versionKinds } from "./artifact-kinds.ts";
import { type VersionRow, versionText } from "./version-content.ts";

type Settings = { readonly kind: "profile" | "declaration"; readonly type: string };

/** What a version is written of: the first of its types; null when it holds something else. */
function settingsOf(artifact: Artifact, version: VersionRow): Settings | null {
  if (artifact.type === "Profile") {
    const content = readPlistDictionary(versionText(version))?.["PayloadContent"];
    const [first] = Array.isArray(content) ? (content as readonly unknown[]) : [];
    const type = (first as { readonly PayloadType?: unknown } | undefined)?.PayloadType;
    return typeof type === "string" ? { kind: "profile", type } : null;
  }
  const type = (version["source"] as { readonly Type?: unknown } | undefined)?.Type;
  return typeof type === "string" ? { kind: "declaration", type } : null;
}

/** Settings are edited in the forms that composed them. */
export function EditAsNewVersion(props: { readonly artifact: Artifact; readonly latest: VersionRow | null }) {
  const { artifact, latest } = props;
  const { can } = useSession();
  const navigate = useNavigate();
  const settings = latest === null ? null : settingsOf(artifact, latest);
  if (settings === null) return null;
  const right = `mdm.add_${versionKinds[artifact.type]?.permission ?? ""}`;
  const { kind, type } = settings;
  return (
    <ActionButton
      variant="default"
      leftSection={<IconPencil size={16} aria-hidden />}
      disabledReason={can(right) ? null : texts.common.noRight(right)}
      onClick={() =>
        void navigate({ to: `/artifacts/compose/${kind}/${type}`, search: { artifact: artifact.id } })
      }
    >
      {words.editAsNew}
    </ActionButton>
  );
}
