// SPDX-License-Identifier: Apache-2.0
import { parseEventLogs } from "viem";
import { abis } from "../../offchain/chain/abis.ts";
import { createChain } from "../../offchain/chain/clients.ts";
import { contractsOf, readDeployment } from "../../offchain/chain/deployment.ts";
import { loadAccount } from "../../offchain/chain/keystore.ts";
import { createSender } from "../../offchain/chain/sender.ts";
import type { Clock } from "../../offchain/core/clock.ts";
import { errorsAbi } from "../chain/abis.ts";
import { finalityOf, type Settings } from "../config.ts";
import { named } from "../named.ts";
import { type Component, LEVELS } from "./stack.ts";

/**
 * Attests a stack with the hot key; see `attest` of IAttestations.sol.
 * @returns until when it counts, unix seconds
 * @throws TransactionError when the contract refuses it; ConfigError
 */
export async function submitAttestation(
  components: readonly Component[],
  settings: Settings,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<bigint> {
  const { DEPLOYMENT_FILE, HOT_KEY_FILE, CHAIN_ID: chainId, RPC_URLS: rpcUrls, APPLIANCE: appliance } = settings;
  const deployment = await named("DEPLOYMENT_FILE", DEPLOYMENT_FILE, readDeployment(DEPLOYMENT_FILE, chainId));
  const account = await named("HOT_KEY_FILE", HOT_KEY_FILE, loadAccount(HOT_KEY_FILE));
  const chain = createChain({ rpcUrls, chainId, finality: finalityOf(settings) });
  const { Attestations } = contractsOf(deployment, { Attestations: abis.Attestations });
  const stack = components.map(({ level, ...rest }) => ({ ...rest, level: LEVELS.indexOf(level) }));
  const sender = createSender({ chain, account, errors: errorsAbi, clock, pollMs: settings.POLL_MS });
  const call = { ...Attestations, functionName: "attest", args: [appliance, stack] } as const;
  const { logs } = await sender.submit(call, signal);
  const [attested] = parseEventLogs({ abi: Attestations.abi, eventName: "Attested", logs });
  if (attested === undefined) throw new Error("unreachable: an attestation that is taken is told");
  return attested.args.expiresAt;
}
