// SPDX-License-Identifier: Apache-2.0
import { network } from "hardhat";
import type { BitcoinLightClient } from "../../../../typechain-types/bitcoin/BitcoinLightClient.js";
import { type Block, GENESIS, headersOf, hex, last, REGTEST_BITS, REGTEST_WORK } from "./blocks.ts";

/** Headers that a transaction with fresh slots can carry below the transaction gas cap of 2^24. */
const BATCH = 400;

export const connection = await network.create();

/** A light client of regtest, from genesis on. */
export async function deployRegtest(): Promise<BitcoinLightClient> {
  return connection.ethers.deployContract("BitcoinLightClient", [
    { powLimitBits: REGTEST_BITS, retargets: false },
    { height: 0, epochStart: GENESIS.time, chainwork: REGTEST_WORK, headers: hex(GENESIS.header) },
  ]);
}

/** Submits consecutive blocks in as many transactions as they need. */
export async function submitAll(client: BitcoinLightClient, blocks: readonly Block[]): Promise<void> {
  for (let i = 0; i < blocks.length; i += BATCH) {
    const batch = blocks.slice(i, i + BATCH);
    await client.submit(last(batch).height - batch.length + 1, headersOf(batch));
  }
}
