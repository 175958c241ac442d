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
  "BitcoinDebts",
  "Leases",
  "BookLens",
  "Trust",
  "Attestations",
  "Claims",
  "TrustLens",
  "SwapPayments",
  "Swap",
  "Requests",
] as const;

/** Those that others know before they are deployed: their addresses are parameters of the module. */
export const PREDICTED = ["Providers", "Exchange", "Leases", "Trust", "Claims", "Attestations", "Swap"] as const;

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
  const treasury = m.getParameter("treasury");
  const operators = {
    providers: m.getParameter("Providers"),
    exchange: m.getParameter("Exchange"),
    leases: m.getParameter("Leases"),
    swap: m.getParameter("Swap"),
    trust: m.getParameter("Trust"),
    claims: m.getParameter("Claims"),
  };
  const { exchange: exchangeAt, leases: leasesAt, trust: trustAt, claims: claimsAt } = operators;
  const attestationsAt = m.getParameter("Attestations");

  const xov = m.contract("XovToken", [treasury, m.getParameter("supply")]);
  const classes = m.contract("ComputeClasses", [], { after: [xov] });
  const pools = m.contract("Pools", [trustAt], { after: [classes] });
  const markets = m.contract("Markets", [pools, classes], { after: [pools] });
  const checkpoint = [m.getParameter("network"), m.getParameter("checkpoint")];
  const lightClient = m.contract("BitcoinLightClient", checkpoint, { after: [markets] });
  const vault = m.contract("Vault", [xov, operators], { after: [lightClient] });
  const peers = {
    exchange: exchangeAt,
    leases: leasesAt,
    trust: trustAt,
    claims: claimsAt,
    attestations: attestationsAt,
  };
  const providers = m.contract("Providers", [{ xov, vault, pools, ...peers }], { after: [vault] });
  const exchange = m.contract("Exchange", [{ xov, vault, pools, providers, markets, leases: leasesAt }], {
    after: [providers],
  });
  const payments = m.contract("BitcoinPayments", [lightClient, leasesAt], { after: [exchange] });
  const debts = m.contract("BitcoinDebts", [lightClient, leasesAt], { after: [payments] });
  const leases = m.contract("Leases", [{ xov, vault, providers, markets, exchange, trust: trustAt, payments, debts }], {
    after: [debts],
  });
  const bookLens = m.contract("BookLens", [exchange, markets, providers], { after: [leases] });
  const trust = m.contract(
    "Trust",
    [{ xov, vault, pools, providers, leases, claims: claimsAt }, TRUST_PARAMETERS, treasury],
    { after: [bookLens] },
  );
  const policy = [[...LICENCES], [...EXCEPTIONS], treasury];
  const attestations = m.contract("Attestations", [providers, claimsAt, ...policy], { after: [trust] });
  const claims = m.contract("Claims", [{ xov, vault, pools, providers, leases, trust, attestations }, treasury], {
    after: [attestations],
  });
  const lens = m.contract("TrustLens", [trust, providers, attestations], { after: [claims] });
  // payments that are proven for the swap's reservations instead of leases
  const swapPayments = m.contract("BitcoinPayments", [lightClient, operators.swap], {
    id: "SwapPayments",
    after: [lens],
  });
  const swap = m.contract("Swap", [{ xov, vault, payments: swapPayments, lightClient }], { after: [swapPayments] });

  const requests = m.contract("Requests", [leases], { after: [swap] });

  return {
    ...{ XovToken: xov, ComputeClasses: classes, Pools: pools, Markets: markets, BitcoinLightClient: lightClient },
    ...{ Vault: vault, Providers: providers, Exchange: exchange, BitcoinPayments: payments, Leases: leases },
    ...{ BitcoinDebts: debts, BookLens: bookLens },
    ...{ Trust: trust, Attestations: attestations, Claims: claims, TrustLens: lens },
    ...{ SwapPayments: swapPayments, Swap: swap, Requests: requests },
  };
});
