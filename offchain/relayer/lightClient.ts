// SPDX-License-Identifier: Apache-2.0
import type { Address, PublicClient } from "viem";
import { displayOrder, type Hash } from "../bitcoin/bytes.ts";
import type { FollowedChain } from "../bitcoin/headersSince.ts";
import { abis } from "../chain/abis.ts";

const NOTHING = `0x${"0".repeat(64)}`;

/**
 * The light client as it is at one block of the chain, so that its answers are of one piece. `hashAt` asks at most once
 * for a height.
 */
export async function readLightClient(client: PublicClient, address: Address): Promise<FollowedChain> {
  const blockNumber = await client.getBlockNumber({ cacheTime: 0 });
  const contract = { address, abi: abis.BitcoinLightClient, blockNumber } as const;
  const [height, hash, chainwork] = await client.readContract({ ...contract, functionName: "tip" });
  const hashes = new Map<number, Promise<Hash | undefined>>();
  const read = async (at: number) => {
    const found = await client.readContract({ ...contract, functionName: "blockHashAt", args: [at] });
    return found === NOTHING ? undefined : displayOrder(found);
  };
  return {
    tip: { height, hash: displayOrder(hash), chainwork },
    hashAt: (at) => {
      const asked = hashes.get(at) ?? read(at);
      hashes.set(at, asked);
      return asked;
    },
  };
}
