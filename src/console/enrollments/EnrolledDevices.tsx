import { IconDevices } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useSession } from "../session/session.ts";
import { enrollmentTexts as words } from "../texts/enrollments.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";

/** Leads to the devices that came in through an enrollment. */
export function EnrolledDevices({ enrollment }: { readonly enrollment: number }) {
  const { can } = useSession();
  const navigate = useNavigate();
  const right = "mdm.view_enrolleddevice";
  return (
    <ActionButton
      variant="default"
      leftSection={<IconDevices size={16} aria-hidden />}
      disabledReason={can(right) ? null : texts.common.noRight(right)}
      onClick={() => void navigate({ to: "/devices", search: { enrollment: [enrollment] } })}
    >
      {words.devices}
    </ActionButton>
  );
}
