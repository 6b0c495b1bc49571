/** CertificateList: what certificates a device has. Lands in `device_certificates`. */
import { decodeCertificateList } from "#protocol/mdm/answers/certificate-list.ts";
import {
  type CommandKind,
  commandPriorities,
  flagArgument,
  managedOnlyArguments,
  onDeviceChannel,
  unusable,
} from "./command.ts";

export const certificateList: CommandKind = {
  name: "CertificateList",
  priority: commandPriorities.inventory,
  reschedulesNotNow: true,
  storesResult: true,
  publicArguments: ["managed_only"],
  secretArguments: [],
  argumentsFor: () => managedOnlyArguments,
  command: (_, args) => ({
    RequestType: "CertificateList",
    ManagedOnly: flagArgument(args, "managed_only") ?? false,
  }),
  acknowledged: (target, _, answer) =>
    onDeviceChannel(target, () => {
      const certificates = decodeCertificateList(answer);
      return certificates === null
        ? unusable("CertificateList")
        : [{ kind: "storeCertificates", certificates }];
    }),
};
