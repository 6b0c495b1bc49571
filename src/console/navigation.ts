/** The areas of the console, in the order of the menu. A page that lists something new adds its line here. */
import { IconLayoutDashboard, IconDeviceDesktop, type TablerIcon } from "@tabler/icons-react";
import { texts } from "./texts/en.ts";

export type NavigationItem = {
  readonly label: string;
  readonly to: string;
  readonly icon: TablerIcon;
  /** Shown to whoever holds it; null for everybody. */
  readonly permission: string | null;
};

export type NavigationGroup = {
  /** Null for the first, which needs no heading. */
  readonly label: string | null;
  readonly items: readonly NavigationItem[];
};

export const navigation: readonly NavigationGroup[] = [
  {
    label: null,
    items: [
      { label: texts.navigation.dashboard, to: "/", icon: IconLayoutDashboard, permission: null },
      {
        label: texts.navigation.devices,
        to: "/devices",
        icon: IconDeviceDesktop,
        permission: "mdm.view_enrolleddevice",
      },
    ],
  },
];
