/** The areas of the console, in the order of the menu. A page that lists something new adds its line here. */
import {
  IconActivity,
  IconBuilding,
  IconCalendarTime,
  IconCategory,
  IconCertificate,
  IconDeviceDesktop,
  IconKey,
  IconLayersSubtract,
  IconLayoutDashboard,
  IconLock,
  IconPackage,
  IconPlugConnected,
  IconQrcode,
  IconRefresh,
  IconShieldLock,
  IconStack2,
  IconTags,
  IconTerminal2,
  IconUsers,
  type TablerIcon,
} from "@tabler/icons-react";
import { areaTexts } from "./texts/areas.ts";
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
      {
        label: texts.navigation.blueprints,
        to: "/blueprints",
        icon: IconLayersSubtract,
        permission: "mdm.view_blueprint",
      },
      {
        label: texts.navigation.artifacts,
        to: "/artifacts",
        icon: IconStack2,
        permission: "mdm.view_artifact",
      },
      {
        label: texts.navigation.enrollments,
        to: "/enrollments",
        icon: IconQrcode,
        permission: "mdm.view_otaenrollment",
      },
      { label: texts.navigation.tags, to: "/tags", icon: IconTags, permission: "inventory.view_tag" },
      {
        label: areaTexts.commands,
        to: "/commands",
        icon: IconTerminal2,
        permission: "mdm.view_devicecommand",
      },
      {
        label: texts.navigation.activity,
        to: "/activity",
        icon: IconActivity,
        permission: "core.view_event",
      },
    ],
  },
  {
    label: areaTexts.settingsOfDevices,
    items: [
      {
        label: areaTexts.filevault,
        to: "/filevault-configs",
        icon: IconLock,
        permission: "mdm.view_filevaultconfig",
      },
      {
        label: areaTexts.recoveryPasswords,
        to: "/recovery-password-configs",
        icon: IconKey,
        permission: "mdm.view_recoverypasswordconfig",
      },
      {
        label: areaTexts.softwareUpdates,
        to: "/software-update-enforcements",
        icon: IconRefresh,
        permission: "mdm.view_softwareupdateenforcement",
      },
      { label: areaTexts.packages, to: "/packages", icon: IconPackage, permission: "mdm.view_package" },
    ],
  },
  {
    label: areaTexts.connections,
    items: [
      {
        label: areaTexts.pushCertificates,
        to: "/push-certificates",
        icon: IconPlugConnected,
        permission: "mdm.view_pushcertificate",
      },
      {
        label: areaTexts.scepIssuers,
        to: "/scep-issuers",
        icon: IconCertificate,
        permission: "mdm.view_scepissuer",
      },
      {
        label: areaTexts.acmeIssuers,
        to: "/acme-issuers",
        icon: IconCertificate,
        permission: "mdm.view_acmeissuer",
      },
    ],
  },
  {
    label: areaTexts.organization,
    items: [
      {
        label: areaTexts.taxonomies,
        to: "/taxonomies",
        icon: IconCategory,
        permission: "inventory.view_taxonomy",
      },
      {
        label: areaTexts.businessUnits,
        to: "/business-units",
        icon: IconBuilding,
        permission: "inventory.view_metabusinessunit",
      },
      { label: areaTexts.users, to: "/users", icon: IconUsers, permission: "accounts.view_user" },
      { label: areaTexts.roles, to: "/roles", icon: IconShieldLock, permission: "accounts.view_role" },
      {
        label: areaTexts.schedules,
        to: "/schedules",
        icon: IconCalendarTime,
        permission: "core.view_schedule",
      },
    ],
  },
];
