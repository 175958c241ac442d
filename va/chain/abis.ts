// SPDX-License-Identifier: Apache-2.0
import { abis } from "../../offchain/chain/abis.ts";
import type { Contracts } from "../../offchain/chain/deployment.ts";

const { Leases, Requests, Exchange, Markets, ComputeClasses, Pools, Providers, Trust, Vault, XovToken } = abis;
const { Attestations, BitcoinDebts, BitcoinPayments, BitcoinLightClient } = abis;

/** The ABIs of the contracts that an appliance talks to. */
export const applianceAbis = {
  Leases,
  Requests,
  Exchange,
  Markets,
  ComputeClasses,
  Pools,
  Providers,
  Trust,
  Vault,
  XovToken,
  Attestations,
  BitcoinDebts,
  BitcoinPayments,
  BitcoinLightClient,
} as const;

/** The contracts that an appliance talks to. */
export type ApplianceContracts = Contracts<typeof applianceAbis>;

/** Every custom error that a call of ours can meet, whichever contract it comes from. */
export const errorsAbi = Object.values(abis).flatMap((abi) => abi.filter((item) => item.type === "error"));
