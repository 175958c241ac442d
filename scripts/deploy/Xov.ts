// SPDX-License-Identifier: Apache-2.0
import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** In the order of their deployment, each by the next transaction of one account. */
export const CONTRACTS = [
  "XovToken",
  "ComputeClasses",
  "Pools",
  "Markets",
  "BitcoinLightClient",
  "Vault",
  "Providers",
  "Exchange",
  "BitcoinPayments",
  "BitcoinDebts",
  "Leases",
  "BookLens",
  "SwapPayments",
  "Swap",
  "Requests",
] as const;

/** The name of a deployed contract. */
export type ContractName = (typeof CONTRACTS)[number];

/** What a deployed contract is compiled from: the swap's payments are another instance of those of leases. */
export function artifactOf(name: ContractName): string {
  return name === "SwapPayments" ? "BitcoinPayments" : name;
}

/**
 * All contracts (Hardhat Ignition). They know each other by immutable addresses, and some of them know each other both
 * ways: so the addresses of those that come later are parameters, computed from the deployer's nonce, and the order is fixed.
 */
export const Xov = buildModule("Xov", (m) => {
  const providers = m.getParameter("providers");
  const exchange = m.getParameter("exchange");
  const leases = m.getParameter("leases");
  const swap = m.getParameter("swap");

  const xov = m.contract("XovToken", [m.getParameter("treasury"), m.getParameter("supply")]);
  const classes = m.contract("ComputeClasses", [], { after: [xov] });
  const pools = m.contract("Pools", [], { after: [classes] });
  const markets = m.contract("Markets", [pools, classes], { after: [pools] });
  const lightClient = m.contract("BitcoinLightClient", [m.getParameter("network"), m.getParameter("checkpoint")], {
    after: [markets],
  });
  const vault = m.contract("Vault", [xov, { providers, exchange, leases, swap }], { after: [lightClient] });
  const providersContract = m.contract("Providers", [xov, vault, pools, exchange, leases], { after: [vault] });
  const exchangeContract = m.contract(
    "Exchange",
    [{ xov, vault, pools, providers: providersContract, markets, leases }],
    { after: [providersContract] },
  );
  const payments = m.contract("BitcoinPayments", [lightClient, leases], { after: [exchangeContract] });
  const debts = m.contract("BitcoinDebts", [lightClient, leases], { after: [payments] });
  const leasesContract = m.contract(
    "Leases",
    [{ xov, vault, providers: providersContract, markets, exchange: exchangeContract, payments, debts }],
    { after: [debts] },
  );

  const lens = m.contract("BookLens", [exchangeContract, markets, providersContract], { after: [leasesContract] });
  // payments that are proven for the swap's reservations instead of leases
  const swapPayments = m.contract("BitcoinPayments", [lightClient, swap], { id: "SwapPayments", after: [lens] });
  const swapContract = m.contract("Swap", [{ xov, vault, payments: swapPayments, lightClient }], {
    after: [swapPayments],
  });

  const requests = m.contract("Requests", [leasesContract], { after: [swapContract] });

  return {
    XovToken: xov,
    ComputeClasses: classes,
    Pools: pools,
    Markets: markets,
    BitcoinLightClient: lightClient,
    Vault: vault,
    Providers: providersContract,
    Exchange: exchangeContract,
    BitcoinPayments: payments,
    BitcoinDebts: debts,
    Leases: leasesContract,
    BookLens: lens,
    SwapPayments: swapPayments,
    Swap: swapContract,
    Requests: requests,
  };
});
