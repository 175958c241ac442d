// SPDX-License-Identifier: Apache-2.0
import { createWalletClient, type PrivateKeyAccount } from "viem";
import { type Chain, createChain } from "../../offchain/chain/clients.ts";
import type { Deployment } from "../../offchain/chain/deployment.ts";
import { contractsOf } from "../../offchain/chain/deployment.ts";
import type { Clock } from "../../offchain/core/clock.ts";
import { type ApplianceContracts, applianceAbis } from "./abis.ts";
import type { ApplianceChain } from "./applianceChain.ts";
import { createSender } from "./sender.ts";
import { viemChain } from "./viemChain.ts";

/** What {@link connect} needs. */
export interface ConnectOptions {
  readonly rpcUrls: readonly string[];
  readonly chainId: number;
  readonly deployment: Deployment;
  /** The hot key. */
  readonly account: PrivateKeyAccount;
  readonly appliance: number;
  readonly clock: Clock;
  /** How often to look for a receipt, milliseconds. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** What {@link connect} makes. */
export interface Connection {
  readonly chain: ApplianceChain;
  /** For the follower. */
  readonly sources: Chain["sources"];
  readonly contracts: ApplianceContracts;
}

const RECEIPT_TIMEOUT_MS = 60_000;

/**
 * The appliance's view of the chain over JSON-RPC, and the endpoints for the follower. Connects to nothing yet.
 *
 * @throws DeploymentError NO_CONTRACT
 */
export function connect(options: ConnectOptions): Connection {
  const { rpcUrls, chainId, deployment, account, appliance, clock, pollMs, signal } = options;
  const { client: reader, sources } = createChain({ rpcUrls, chainId });
  const witnesses = rpcUrls.flatMap((url) => {
    const { client, sources: own } = createChain({ rpcUrls: [url], chainId });
    return own.map((source) => ({ client, source }));
  });
  const wallet = createWalletClient({ account, chain: reader.chain, transport: () => reader.transport });
  const sender = createSender({ reader, wallet, clock, receiptTimeoutMs: RECEIPT_TIMEOUT_MS, pollMs, signal });
  const contracts = contractsOf(deployment, applianceAbis);
  return { chain: viemChain({ reader, witnesses, sender, contracts, appliance }), sources, contracts };
}
