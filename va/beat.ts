// SPDX-License-Identifier: Apache-2.0
import type { ApplianceChain } from "./chain/applianceChain.ts";

/**
 * Proves that the appliance is alive once its last proof is `intervalS` old by the blocks' time, and so keeps its clock running.
 *
 * @param now the latest block's time, unix seconds
 * @returns whether it did
 */
export async function beatIfDue(chain: ApplianceChain, now: bigint, intervalS: number): Promise<boolean> {
  const { lastBeat } = await chain.appliance();
  if (now < lastBeat + BigInt(intervalS)) return false;
  await chain.send({ kind: "beat" });
  return true;
}
