// SPDX-License-Identifier: Apache-2.0
import type { LocalAccount } from "viem";
import { type Chain, createChain } from "../../offchain/chain/clients.ts";
import { contractsOf, type Deployment } from "../../offchain/chain/deployment.ts";
import { createSender } from "../../offchain/chain/sender.ts";
import type { Finality } from "../../offchain/chain/source.ts";
import type { Clock } from "../../offchain/core/clock.ts";
import type { DebtChain } from "../refunds/debt.ts";
import { type ApplianceContracts, applianceAbis, errorsAbi } from "./abis.ts";
import type { ApplianceChain } from "./applianceChain.ts";
import { viemChain } from "./viemChain.ts";
import { viemDebts } from "./viemDebts.ts";

/** What {@link connect} needs. */
export interface ConnectOptions {
  readonly rpcUrls: readonly string[];
  readonly chainId: number;
  readonly finality: Finality;
  readonly deployment: Deployment;
  /** The hot key. */
  readonly account: LocalAccount;
  readonly appliance: number;
  readonly clock: Clock;
  /** How often to look for a receipt, milliseconds. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** What {@link connect} makes. */
export interface Connection {
  readonly chain: ApplianceChain;
  readonly debts: DebtChain;
  /** For the follower. */
  readonly sources: Chain["sources"];
  readonly contracts: ApplianceContracts;
  /** See `Sender.reorganised`. */
  readonly reorganised: () => void;
}

/**
 * The appliance's view of the chain over JSON-RPC, and the endpoints for the follower. Connects to nothing yet.
 *
 * @throws DeploymentError NO_CONTRACT
 */
export function connect(options: ConnectOptions): Connection {
  const { rpcUrls, chainId, finality, deployment, account, appliance, clock, pollMs, signal } = options;
  const all = createChain({ rpcUrls, chainId, finality });
  const witnesses = rpcUrls.flatMap((url) => {
    const { client, sources } = createChain({ rpcUrls: [url], chainId, finality });
    return sources.map((source) => ({ client, source }));
  });
  const sender = createSender({ chain: all, account, errors: errorsAbi, clock, pollMs });
  const contracts = contractsOf(deployment, applianceAbis);
  const chain = viemChain({ reader: all.client, witnesses, sender, contracts, appliance, signal });
  const debts = viemDebts({ reader: all.client, sender, contracts, chainId, appliance, signal });
  return { chain, debts, sources: all.sources, contracts, reorganised: sender.reorganised };
}
