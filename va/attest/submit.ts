// SPDX-License-Identifier: Apache-2.0
import { readDeployment } from "../../offchain/chain/deployment.ts";
import { loadAccount } from "../../offchain/chain/keystore.ts";
import type { Clock } from "../../offchain/core/clock.ts";
import { connect } from "../chain/connect.ts";
import { finalityOf, type Settings } from "../config.ts";
import { named } from "../named.ts";
import type { Component } from "./stack.ts";

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
  const { DEPLOYMENT_FILE, HOT_KEY_FILE, CHAIN_ID: chainId, RPC_URLS: rpcUrls } = settings;
  const deployment = await named("DEPLOYMENT_FILE", DEPLOYMENT_FILE, readDeployment(DEPLOYMENT_FILE, chainId));
  const account = await named("HOT_KEY_FILE", HOT_KEY_FILE, loadAccount(HOT_KEY_FILE));
  const { APPLIANCE: appliance, POLL_MS: pollMs } = settings;
  const finality = finalityOf(settings);
  const { chain } = connect({ rpcUrls, chainId, finality, deployment, account, appliance, clock, pollMs, signal });
  await chain.send({ kind: "attest", components });
  return (await chain.attestation()).expiresAt;
}
