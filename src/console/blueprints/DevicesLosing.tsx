import { useQuery } from "@tanstack/react-query";
import { useSession } from "../session/session.ts";
import { blueprintTexts as words } from "../texts/blueprints.ts";
import { statusQuery } from "./link-queries.ts";

/** How many devices a deletion leaves without a blueprint; nothing for who may not see devices. */
export function DevicesLosing({ blueprint }: { readonly blueprint: number }) {
  const { can } = useSession();
  const { data } = useQuery({ ...statusQuery(blueprint), enabled: can("mdm.view_enrolleddevice") });
  return data === undefined ? null : <strong>{words.losing(data.targets.total)}</strong>;
}
