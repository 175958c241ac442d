// SPDX-License-Identifier: Apache-2.0
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { getCreateAddress } from "ethers";
import { GENESIS, hex, REGTEST_BITS, REGTEST_WORK } from "../../test/contracts/bitcoin/support/blocks.ts";
import {
  Attestations__factory,
  BitcoinDebts__factory,
  BitcoinLightClient__factory,
  BitcoinPayments__factory,
  Claims__factory,
  ComputeClasses__factory,
  Exchange__factory,
  Leases__factory,
  Markets__factory,
  PermitToken__factory,
  Pools__factory,
  Providers__factory,
  Requests__factory,
  Swap__factory,
  Trust__factory,
  Vault__factory,
  XovToken__factory,
} from "../../typechain-types/index.js";
import { CONTRACTS, PREDICTED, Xov } from "../deploy/Xov.ts";
import { type Chain, TOKEN } from "./chain.ts";
import { TOKEN_DECIMALS, TOKEN_SUPPLY, XOV_SUPPLY } from "./values.ts";

const ACTORS = ["treasury", "provider", "hotKey", "operator", "relayer", "holder", "stranger"] as const;

type Actors = Record<(typeof ACTORS)[number], HardhatEthersSigner>;

/** All contracts and who acts on them. Nothing has happened yet. */
export type World = Awaited<ReturnType<typeof deploy>>;

/** Deploys all contracts, as the local network's deployment does, and a token beside XOV. */
export async function deploy(chain: Chain) {
  const signers = await chain.signers();
  const who = Object.fromEntries(ACTORS.map((name, i) => [name, signers[i]])) as Actors;
  const { treasury } = who;
  const nonce = await treasury.getNonce();
  const addresses = CONTRACTS.map((_, i) => getCreateAddress({ from: treasury.address, nonce: nonce + i }));
  const at = (name: (typeof CONTRACTS)[number]) => addresses[CONTRACTS.indexOf(name)] ?? "";
  await chain.ignition.deploy(Xov, {
    parameters: {
      Xov: {
        treasury: treasury.address,
        supply: XOV_SUPPLY,
        network: { powLimitBits: REGTEST_BITS, retargets: false },
        checkpoint: { height: 0, epochStart: GENESIS.time, chainwork: REGTEST_WORK, headers: hex(GENESIS.header) },
        ...Object.fromEntries(PREDICTED.map((name) => [name, at(name)])),
      },
    },
  });
  const token = await chain.ethers.deployContract(TOKEN, [TOKEN_DECIMALS, TOKEN_SUPPLY], treasury);
  return {
    ...who,
    chain,
    xov: XovToken__factory.connect(at("XovToken"), treasury),
    token: PermitToken__factory.connect(await token.getAddress(), treasury),
    classes: ComputeClasses__factory.connect(at("ComputeClasses"), treasury),
    pools: Pools__factory.connect(at("Pools"), who.operator),
    markets: Markets__factory.connect(at("Markets"), treasury),
    lightClient: BitcoinLightClient__factory.connect(at("BitcoinLightClient"), who.relayer),
    vault: Vault__factory.connect(at("Vault"), treasury),
    providers: Providers__factory.connect(at("Providers"), who.provider),
    exchange: Exchange__factory.connect(at("Exchange"), who.hotKey),
    payments: BitcoinPayments__factory.connect(at("BitcoinPayments"), who.relayer),
    debts: BitcoinDebts__factory.connect(at("BitcoinDebts"), who.relayer),
    leases: Leases__factory.connect(at("Leases"), who.holder),
    requests: Requests__factory.connect(at("Requests"), who.holder),
    trust: Trust__factory.connect(at("Trust"), who.holder),
    attestations: Attestations__factory.connect(at("Attestations"), who.provider),
    claims: Claims__factory.connect(at("Claims"), who.stranger),
    swapPayments: BitcoinPayments__factory.connect(at("SwapPayments"), who.relayer),
    swap: Swap__factory.connect(at("Swap"), who.provider),
  };
}
