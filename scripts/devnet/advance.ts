// SPDX-License-Identifier: Apache-2.0
import { JsonRpcProvider } from "ethers";
import type { Clock } from "../../offchain/core/clock.ts";
import { Providers__factory } from "../../typechain-types/index.js";

/** Half of the contracts' BEAT_WINDOW: a VA that beats after each such step loses no second of its clock. */
const LONGEST_STEP_S = 30 * 60;
const BEAT_DEADLINE_MS = 30_000;

export interface AdvanceParameters {
  readonly rpcUrl: string;
  /** The Providers contract. */
  readonly providers: string;
  /** Appliances whose VAs are alive. */
  readonly appliances: readonly number[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Moves a local chain's time on by so many seconds, in steps after each of which every live VA beats, so that provider
 * clocks advance by the same.
 *
 * @throws Error when a VA does not beat within 30 s
 */
export async function advance(seconds: number, parameters: AdvanceParameters): Promise<void> {
  const rpc = new JsonRpcProvider(parameters.rpcUrl, undefined, { cacheTimeout: -1 });
  try {
    for (let left = seconds; left > 0; left -= LONGEST_STEP_S) {
      await rpc.send("evm_increaseTime", [Math.min(left, LONGEST_STEP_S)]);
      await rpc.send("evm_mine", []);
      await waitForBeats(rpc, parameters);
    }
  } finally {
    rpc.destroy();
  }
}

/** How old a beat may be: the VA's own interval, after which it beats again. */
const BEAT_INTERVAL_S = 20 * 60;

async function waitForBeats(rpc: JsonRpcProvider, parameters: AdvanceParameters): Promise<void> {
  const { appliances, clock, signal } = parameters;
  const providers = Providers__factory.connect(parameters.providers, rpc);
  const deadline = clock.now() + BEAT_DEADLINE_MS;
  for (const id of appliances) {
    for (;;) {
      const now = (await rpc.getBlock("latest"))?.timestamp ?? 0;
      const { lastBeat } = await providers.appliance(id);
      if (now - Number(lastBeat) < BEAT_INTERVAL_S) break;
      if (clock.now() > deadline) throw new Error(`appliance ${id} has not beaten for ${now - Number(lastBeat)} s`);
      await clock.sleep(50, signal);
    }
  }
}
