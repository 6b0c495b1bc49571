/** SCEP payloads in tests: those of issuers that need not be asked. */
import type { ScepPayloadSettings } from "#mdm/identities/identity-operations.ts";
import {
  type ScepChallengeOrder,
  isScepChallengeOrder,
} from "#mdm/identities/scep-backends/scep-challenge-order.ts";

/** The settings, which are at hand. */
export function expectSettings(built: ScepPayloadSettings | ScepChallengeOrder): ScepPayloadSettings {
  if (isScepChallengeOrder(built)) throw new Error(`The issuer "${built.issuerName}" must be asked`);
  return built;
}

/** For worlds whose issuers are never asked. */
export function neverFetched(order: ScepChallengeOrder): Promise<never> {
  return Promise.reject(new Error(`Nobody expected the issuer "${order.issuerName}" to be asked`));
}
