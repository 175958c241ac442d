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
  "Leases",
  "BookLens",
  "Requests",
] as const;

/** The name of a deployed contract. */
export type ContractName = (typeof CONTRACTS)[number];

/**
 * All contracts (Hardhat Ignition). They know each other by immutable addresses, and some of them know each other both
 * ways: so the addresses of those that come later are parameters, computed from the deployer's nonce, and the order is fixed.
 */
export const Xov = buildModule("Xov", (m) => {
  const providers = m.getParameter("providers");
  const exchange = m.getParameter("exchange");
  const leases = m.getParameter("leases");

  const xov = m.contract("XovToken", [m.getParameter("treasury"), m.getParameter("supply")]);
  const classes = m.contract("ComputeClasses", [], { after: [xov] });
  const pools = m.contract("Pools", [], { after: [classes] });
  const markets = m.contract("Markets", [pools, classes], { after: [pools] });
  const lightClient = m.contract("BitcoinLightClient", [m.getParameter("network"), m.getParameter("checkpoint")], {
    after: [markets],
  });
  const vault = m.contract("Vault", [xov, providers, exchange, leases], { after: [lightClient] });
  const providersContract = m.contract("Providers", [xov, vault, pools, exchange, leases], { after: [vault] });
  const exchangeContract = m.contract(
    "Exchange",
    [{ xov, vault, pools, providers: providersContract, markets, leases }],
    { after: [providersContract] },
  );
  const payments = m.contract("BitcoinPayments", [lightClient, leases], { after: [exchangeContract] });
  const leasesContract = m.contract(
    "Leases",
    [{ xov, vault, providers: providersContract, markets, exchange: exchangeContract, payments }],
    { after: [payments] },
  );

  const lens = m.contract("BookLens", [exchangeContract, markets, providersContract], { after: [leasesContract] });

  const requests = m.contract("Requests", [leasesContract], { after: [lens] });

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
    Leases: leasesContract,
    BookLens: lens,
    Requests: requests,
  };
});
