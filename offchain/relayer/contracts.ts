// SPDX-License-Identifier: Apache-2.0
import type { Abi } from "viem";
import { abis } from "../chain/abis.ts";
import { contractsOf, type Deployment } from "../chain/deployment.ts";

type AbiError = Extract<Abi[number], { type: "error" }>;

/** All that a call may end in: a contract passes on the errors of those that it calls, which its own ABI does not have. */
export const customErrors: readonly AbiError[] = Object.values(abis).flatMap((abi: Abi) =>
  abi.filter((item) => item.type === "error"),
);

export const exchangeAbi = [...abis.Exchange, ...customErrors] as const;
export const debtsAbi = [...abis.BitcoinDebts, ...customErrors] as const;
export const paymentsAbi = [...abis.BitcoinPayments, ...customErrors] as const;
export const swapAbi = [...abis.Swap, ...customErrors] as const;

const { Attestations, BitcoinLightClient, BitcoinPayments, Exchange, Leases, Providers, Swap, SwapPayments } = abis;
const paid = { BitcoinLightClient, BitcoinPayments, Leases, Providers, Swap, SwapPayments };
const followed = { ...paid, Attestations, Exchange };

/** What the relayer follows. @throws DeploymentError NO_CONTRACT */
export function followedContracts(deployment: Deployment) {
  return contractsOf(deployment, followed);
}

export type FollowedByRelayer = ReturnType<typeof followedContracts>;

/** Where everything is that the relayer calls and reads. @throws DeploymentError NO_CONTRACT */
export function addressesOf(deployment: Deployment) {
  const { BitcoinDebts, Markets, Requests, Vault, XovToken } = abis;
  const found = contractsOf(deployment, { ...followed, BitcoinDebts, Markets, Requests, Vault, XovToken });
  return {
    debts: found.BitcoinDebts.address,
    exchange: found.Exchange.address,
    leases: found.Leases.address,
    lightClient: found.BitcoinLightClient.address,
    markets: found.Markets.address,
    /** What credits payments, by the kind of who is paid. */
    payments: { lease: found.BitcoinPayments.address, reservation: found.SwapPayments.address },
    providers: found.Providers.address,
    requests: found.Requests.address,
    swap: found.Swap.address,
    vault: found.Vault.address,
    xov: found.XovToken.address,
  };
}

export type Addresses = ReturnType<typeof addressesOf>;
