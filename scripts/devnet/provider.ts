// SPDX-License-Identifier: Apache-2.0
import * as secp256k1 from "@bitcoinerlab/secp256k1";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { bytesToHex, type Hex, hexToBytes, keccak256, toHex } from "viem";
import { sealKeyOfRecipient } from "../../offchain/lease/sealing.ts";
import type { Credential } from "../../va/openstack/index.ts";
import { type Daemon, startVa, type VaParameters } from "./daemons.ts";
import type { Provisioner } from "./provision.ts";
import { providerRoles } from "./roles.ts";
import type { Stack } from "./stack.ts";

/** A provider that sells: staked, in a pool, with an appliance. */
export interface Provider {
  readonly appliance: number;
  /** Secret of the appliance's Bitcoin key. */
  readonly bitcoinSecret: Hex;
  /** x-only (BIP-340). */
  readonly bitcoinKey: Hex;
  readonly ageIdentity: string;
  /** Starts its VA, or starts it again. */
  startVa(signal: AbortSignal): Promise<Daemon>;
}

export interface ProviderParameters {
  readonly stack: Stack;
  readonly provisioner: Provisioner;
  /** Which of the local network's providers, from 0. */
  readonly n: number;
  readonly pool: number;
  readonly region: string;
  /** Seconds. */
  readonly grace: number;
  /** XOV base units; as much again goes to its vault balance. */
  readonly stake: bigint;
  readonly credential: Credential;
  /** Content of the offers file. */
  readonly offers: VaParameters["offers"];
  /** The appliance as it was registered before, in a network that goes on; without it one is registered. */
  readonly registered?: Registered;
}

/** What of a provider is not the same in every local network. */
export interface Registered {
  readonly appliance: number;
  /** `AGE-SECRET-KEY-1…` */
  readonly ageIdentity: string;
}

/** Stakes, and registers an appliance with keys of its own. The Bitcoin key is the same in every local network. */
export async function createProvider(parameters: ProviderParameters): Promise<Provider> {
  const { stack, n, credential, offers } = parameters;
  const bitcoinSecret = keccak256(toHex(`xov/devnet/bitcoin/${n}`));
  const bitcoinKey = bytesToHex(secp256k1.xOnlyPointFromScalar(hexToBytes(bitcoinSecret)));
  const registered = parameters.registered ?? (await register(parameters, bitcoinKey));
  const hotKey = providerRoles(n).hot;
  return {
    ...registered,
    bitcoinSecret,
    bitcoinKey,
    startVa: (signal) =>
      startVa({ stack, name: `va-${n}`, hotKey, bitcoinSecret, credential, offers, signal, ...registered }),
  };
}

async function register(parameters: ProviderParameters, bitcoinKey: Hex): Promise<Registered> {
  const { provisioner, n, pool, region, grace, stake } = parameters;
  const { cold, hot } = providerRoles(n);
  const ageIdentity = await generateX25519Identity();
  await provisioner.fund(cold, 2n * stake);
  await provisioner.stake(cold, stake);
  const appliance = await provisioner.registerAppliance(cold, {
    pool,
    grace,
    bitcoinKey,
    sealKey: sealKeyOfRecipient(await identityToRecipient(ageIdentity)),
    hotKey: hot.address,
    region,
  });
  return { appliance, ageIdentity };
}
