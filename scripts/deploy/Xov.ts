// SPDX-License-Identifier: Apache-2.0
import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { EXCEPTIONS, LICENCES } from "./licences.ts";
import { TRUST_PARAMETERS } from "./trustParameters.ts";

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
  "Trust",
  "Attestations",
  "Claims",
  "TrustLens",
] as const;

/** Those that others know before they are deployed: their addresses are parameters of the module. */
export const PREDICTED = ["Providers", "Exchange", "Leases", "Trust", "Claims"] as const;

/** The name of a deployed contract. */
export type ContractName = (typeof CONTRACTS)[number];

/**
 * All contracts (Hardhat Ignition). They know each other by immutable addresses, and some of them know each other both
 * ways: so the addresses of those that come later are parameters, computed from the deployer's nonce, and the order is fixed.
 */
export const Xov = buildModule("Xov", (m) => {
  const [providers, exchange, leases] = [m.getParameter("Providers"), m.getParameter("Exchange"), m.getParameter("Leases")];
  const [trust, claims] = [m.getParameter("Trust"), m.getParameter("Claims")];
  const owner = m.getParameter("treasury");

  const xov = m.contract("XovToken", [m.getParameter("treasury"), m.getParameter("supply")]);
  const classes = m.contract("ComputeClasses", [], { after: [xov] });
  const pools = m.contract("Pools", [], { after: [classes] });
  const markets = m.contract("Markets", [pools, classes], { after: [pools] });
  const lightClient = m.contract("BitcoinLightClient", [m.getParameter("network"), m.getParameter("checkpoint")], {
    after: [markets],
  });
  const vault = m.contract("Vault", [xov, { providers, exchange, leases, trust, claims }], { after: [lightClient] });
  const providersContract = m.contract("Providers", [{ xov, vault, pools, exchange, leases, trust, claims }], {
    after: [vault],
  });
  const exchangeContract = m.contract(
    "Exchange",
    [{ xov, vault, pools, providers: providersContract, markets, leases }],
    { after: [providersContract] },
  );
  const payments = m.contract("BitcoinPayments", [lightClient, leases], { after: [exchangeContract] });
  const leasesContract = m.contract(
    "Leases",
    [{ xov, vault, providers: providersContract, markets, exchange: exchangeContract, trust, payments }],
    { after: [payments] },
  );
  const trustContract = m.contract(
    "Trust",
    [{ xov, vault, providers: providersContract, leases: leasesContract, claims }, TRUST_PARAMETERS, owner],
    { after: [leasesContract] },
  );
  const attestations = m.contract("Attestations", [providersContract, claims, [...LICENCES], [...EXCEPTIONS], owner], {
    after: [trustContract],
  });
  const claimsContract = m.contract(
    "Claims",
    [
      {
        xov,
        vault,
        pools,
        providers: providersContract,
        leases: leasesContract,
        trust: trustContract,
        attestations,
      },
      owner,
    ],
    { after: [attestations] },
  );
  const lens = m.contract("TrustLens", [trustContract, providersContract, attestations], { after: [claimsContract] });

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
    Trust: trustContract,
    Attestations: attestations,
    Claims: claimsContract,
    TrustLens: lens,
  };
});
