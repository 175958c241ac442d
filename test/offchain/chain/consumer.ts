// SPDX-License-Identifier: Apache-2.0
// A daemon that follows the chain into a file, for tests that kill it: consumer.ts <config JSON>
import type { Address } from "viem";
import { z } from "zod";
import { checkpointSchema } from "../../../offchain/chain/checkpoint.ts";
import { createChain } from "../../../offchain/chain/clients.ts";
import { followChain } from "../../../offchain/chain/followChain.ts";
import { systemClock } from "../../../offchain/core/clock.ts";
import { readJson, writeFileAtomic } from "../../../offchain/core/files.ts";
import { runMain } from "../../../offchain/core/shutdown.ts";
import { emitterAbi } from "./emitter.ts";

/** What it is told to follow, and where to keep it. */
export interface ConsumerConfig {
  urls: string[];
  chainId: number;
  emitter: Address;
  stateFile: string;
}

/** What it has been told: checkpoint and effects change in one step. */
export const consumerState = z.object({
  checkpoint: checkpointSchema.optional(),
  blocks: z.array(z.object({ hash: z.string(), number: z.string(), events: z.array(z.string()) })),
});

async function main(signal: AbortSignal): Promise<void> {
  const { urls, chainId, emitter, stateFile }: ConsumerConfig = JSON.parse(process.argv[2] ?? "");
  const finality = { safeDepth: 4, finalizedDepth: 30 };
  const { sources } = createChain({ rpcUrls: urls, chainId, finality, timeoutMs: 2_000 });
  let { checkpoint, blocks } = (await readJson(stateFile, consumerState)) ?? { blocks: [] };
  const contracts = { Emitter: { address: emitter, abi: emitterAbi } };
  const place = { chainId, sources, contracts, startBlock: 0n, from: checkpoint };
  process.stdout.write("following\n");
  for await (const update of followChain({ ...place, clock: systemClock, signal, pollMs: 20 })) {
    if (update.type === "reorg") {
      blocks = blocks.filter(({ number }) => BigInt(number) <= update.commonAncestor.number);
    } else if (update.type === "block") {
      const events = update.logs.map((log) => `${log.blockHash}:${log.logIndex}:${log.args.id}`);
      blocks.push({ hash: update.block.hash, number: `${update.block.number}`, events });
    }
    checkpoint = update.checkpoint;
    await writeFileAtomic(stateFile, JSON.stringify({ checkpoint, blocks }));
  }
}

if (import.meta.main) await runMain(main);
