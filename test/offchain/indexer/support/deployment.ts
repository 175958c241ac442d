// SPDX-License-Identifier: Apache-2.0
import { getAddress, numberToHex } from "viem";
import { abis } from "../../../../offchain/chain/abis.ts";
import type { Deployment } from "../../../../offchain/chain/deployment.ts";

/** A deployment on no chain: the addresses count up from 0x…c001. */
export const DEPLOYMENT: Deployment = {
  chainId: 31337,
  startBlock: 1n,
  contracts: Object.fromEntries(
    Object.keys(abis).map((name, i) => [name, getAddress(numberToHex(0xc001 + i, { size: 20 }))]),
  ),
};
