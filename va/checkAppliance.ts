// SPDX-License-Identifier: Apache-2.0

import { identityToRecipient } from "age-encryption";
import type { Address } from "viem";
import { ConfigError, type ConfigProblem } from "../offchain/core/config.ts";
import { messageOf } from "../offchain/core/errors.ts";
import { recipientOfSealKey } from "../offchain/lease/sealing.ts";
import type { ApplianceChain } from "./chain/applianceChain.ts";

/**
 * Checks that the keys at hand are those that the chain has for the appliance.
 *
 * @throws ConfigError when they are not
 */
export async function checkAppliance(
  chain: ApplianceChain,
  account: Address,
  ageIdentities: readonly string[],
): Promise<void> {
  const { hotKey, provider, sealKey } = await chain.appliance().catch((error: unknown) => {
    if (!messageOf(error).includes("Providers_UnknownAppliance")) throw error;
    throw new ConfigError([
      { key: "APPLIANCE", have: "no appliance of these contracts", need: "one that is registered" },
    ]);
  });
  const problems: ConfigProblem[] = [];
  if (account !== hotKey && account !== provider) {
    problems.push({ key: "HOT_KEY_FILE", have: `the key of ${account}`, need: `the key of ${hotKey}` });
  }
  const recipients = await Promise.all(ageIdentities.map((identity) => identityToRecipient(identity)));
  const need = recipientOfSealKey(sealKey);
  if (!recipients.includes(need)) {
    problems.push({ key: "AGE_IDENTITY_FILE", have: `identities of ${recipients.join(", ")}`, need: `one of ${need}` });
  }
  if (problems.length > 0) throw new ConfigError(problems);
}
