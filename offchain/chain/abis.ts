// SPDX-License-Identifier: Apache-2.0
import { BitcoinLightClient__factory } from "../../typechain-types/factories/bitcoin/BitcoinLightClient__factory.js";
import { BitcoinPayments__factory } from "../../typechain-types/factories/bitcoin/BitcoinPayments__factory.js";
import { Swap__factory } from "../../typechain-types/factories/bitcoin/Swap__factory.js";
import { Exchange__factory } from "../../typechain-types/factories/exchange/Exchange__factory.js";
import { Markets__factory } from "../../typechain-types/factories/exchange/Markets__factory.js";
import { BitcoinDebts__factory } from "../../typechain-types/factories/lease/BitcoinDebts__factory.js";
import { Leases__factory } from "../../typechain-types/factories/lease/Leases__factory.js";
import { Requests__factory } from "../../typechain-types/factories/lease/Requests__factory.js";
import { ComputeClasses__factory } from "../../typechain-types/factories/registry/ComputeClasses__factory.js";
import { Pools__factory } from "../../typechain-types/factories/registry/Pools__factory.js";
import { Providers__factory } from "../../typechain-types/factories/registry/Providers__factory.js";
import { Vault__factory } from "../../typechain-types/factories/token/Vault__factory.js";
import { XovToken__factory } from "../../typechain-types/factories/token/XovToken__factory.js";

/** The ABIs of the deployed contracts, by their names in a deployment file; literally typed, as viem wants them. */
export const abis = {
  XovToken: XovToken__factory.abi,
  Vault: Vault__factory.abi,
  Providers: Providers__factory.abi,
  Pools: Pools__factory.abi,
  Markets: Markets__factory.abi,
  ComputeClasses: ComputeClasses__factory.abi,
  Exchange: Exchange__factory.abi,
  Leases: Leases__factory.abi,
  Requests: Requests__factory.abi,
  BitcoinLightClient: BitcoinLightClient__factory.abi,
  BitcoinPayments: BitcoinPayments__factory.abi,
  BitcoinDebts: BitcoinDebts__factory.abi,
  SwapPayments: BitcoinPayments__factory.abi,
  Swap: Swap__factory.abi,
} as const;
