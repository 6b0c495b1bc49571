/** DeviceLocation: where a device in lost mode is. Lands in `devices`, sealed, because it is where a person is. */
import { decodeDeviceLocation } from "#protocol/mdm/answers/device-location.ts";
import { type CommandKind, unusable } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const deviceLocation: CommandKind = {
  ...operatorCommand,
  name: "DeviceLocation",
  command: () => ({ RequestType: "DeviceLocation" }),
  acknowledged: (_, __, answer) => {
    const location = decodeDeviceLocation(answer);
    return location === null ? unusable("Latitude and Longitude") : [{ kind: "storeLocation", location }];
  },
};
