/** Devices by the handful: one of a model, or a mixed fleet. */
import { deviceFacts, modelInFleet } from "./device-facts.ts";
import type { DeviceModel } from "./device-facts.ts";
import { SimulatedDevice } from "./device.ts";
import type { DeviceOptions } from "./device.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

/** One device of a model. Devices of the same number are the same device. */
export function makeDevice(
  world: SimulatedWorld,
  model: DeviceModel,
  details: DeviceOptions & { readonly number?: number } = {},
): SimulatedDevice {
  const { number = 0, ...options } = details;
  return new SimulatedDevice(world, deviceFacts(model, number, world.seed), options);
}

/** A fleet of Macs, iPhones, iPads and Apple TVs, numbered from `firstNumber`. */
export function makeFleet(world: SimulatedWorld, count: number, firstNumber = 0): SimulatedDevice[] {
  return Array.from({ length: count }, (_, index) => {
    const number = firstNumber + index;
    return makeDevice(world, modelInFleet(number), { number });
  });
}
