// SPDX-License-Identifier: Apache-2.0
import { encodeBytes32String, id, parseEther } from "ethers";
import { TRUST_PARAMETERS } from "../../deploy/trustParameters.ts";
import type { State } from "../leases.ts";
import { type Operation, operationsOf, type Variants } from "../operation.ts";
import { STACK } from "../stack.ts";
import { DAY, RULES } from "../values.ts";

const AMOUNT = parseEther("100");
const UNITS = 1_280n;
const HOUR_OF_COMPUTE = UNITS * 3600n;
const COOL_DOWN = 14 * DAY;
const EVIDENCE = [id("evidence"), "x"] as const;
const Kind = { Abuse: 1, FalseAttestation: 2 } as const;

/** Of a contract that the treasury owns. */
function ownership(contract: "trust" | "attestations" | "claims"): Variants {
  return {
    transferOwnership: { "to be accepted": (s) => s[contract].connect(s.treasury).transferOwnership(s.stranger) },
    acceptOwnership: {
      "": async (s) => {
        await s[contract].connect(s.treasury).transferOwnership(s.stranger);
        return s[contract].connect(s.stranger).acceptOwnership();
      },
    },
    renounceOwnership: { "": (s) => s[contract].connect(s.treasury).renounceOwnership() },
  };
}

const asClaims = async (s: State) => s.chain.impersonate(await s.claims.getAddress());

const ending = (s: State) => ({
  holder: s.holder.address,
  provider: s.provider.address,
  units: UNITS,
  pool: 1n,
  withinLimit: true,
  started: true,
  failed: false,
  delivered: HOUR_OF_COMPUTE,
  feeless: false,
  withheld: 0n,
});

const { floor, leastTarget, share, rise, fee, halfLife, limit } = TRUST_PARAMETERS;

/** A pool with a fee, of which it has some. */
async function poolThatEarns(s: State) {
  await s.pools.create(encodeBytes32String("other"), { ...RULES, fee: parseEther("0.0001") });
  await s.trust.connect(s.asLeases).delivered(s.holder, s.provider, 2n, HOUR_OF_COMPUTE);
  return 2n;
}

const trust = operationsOf("Trust", {
  deposit: {
    "for the first time": (s) => s.trust.deposit(AMOUNT),
    more: async (s) => {
      await s.trust.deposit(AMOUNT);
      return s.trust.deposit(AMOUNT);
    },
  },
  requestWithdrawal: {
    "": async (s) => {
      await s.trust.deposit(AMOUNT);
      return s.trust.requestWithdrawal(AMOUNT);
    },
  },
  withdraw: {
    "": async (s) => {
      await s.trust.deposit(AMOUNT);
      await s.trust.requestWithdrawal(AMOUNT);
      s.chain.pass(COOL_DOWN);
      return s.trust.withdraw();
    },
  },
  fund: { "for the first time": (s) => s.trust.connect(s.relayer).fund(AMOUNT) },
  empty: { "a part": (s) => s.trust.connect(s.provider).empty(AMOUNT) },
  burnSpent: { "of one provider": (s) => s.trust.burnSpent([s.provider]) },
  setPoolFee: { "by Pools, a higher one": (s) => s.trust.connect(s.asPools).setPoolFee(1n, 1n) },
  collectPoolFees: { "": async (s) => s.trust.collectPoolFees(await poolThatEarns(s)) },
  started: {
    "by Leases, within the limit": async (s) => {
      await s.trust.deposit(AMOUNT);
      return s.trust.connect(s.asLeases).started(s.holder, s.provider, UNITS);
    },
    "by Leases, anonymous": (s) => s.trust.connect(s.asLeases).started(s.holder, s.provider, UNITS),
  },
  delivered: {
    "by Leases": (s) => s.trust.connect(s.asLeases).delivered(s.holder, s.provider, 1n, HOUR_OF_COMPUTE),
    "by Leases, in a pool with a fee": async (s) => {
      const pool = await poolThatEarns(s);
      return s.trust.connect(s.asLeases).delivered(s.holder, s.provider, pool, HOUR_OF_COMPUTE);
    },
  },
  ended: {
    "by Leases, with an hour to meter": async (s) => {
      await s.trust.deposit(AMOUNT);
      await s.trust.connect(s.asLeases).started(s.holder, s.provider, UNITS);
      return s.trust.connect(s.asLeases).ended(ending(s));
    },
  },
  handedOver: {
    "by Leases, to a buyer whose limit reaches": async (s) => {
      await s.trust.deposit(AMOUNT);
      await s.trust.connect(s.relayer).deposit(AMOUNT);
      await s.trust.connect(s.asLeases).started(s.holder, s.provider, UNITS);
      return s.trust.connect(s.asLeases).handedOver(s.holder, s.relayer, UNITS);
    },
  },
  freeze: { "by Claims": async (s) => s.trust.connect(await asClaims(s)).freeze(s.holder, AMOUNT) },
  unfreeze: {
    "by Claims": async (s) => {
      const claims = s.trust.connect(await asClaims(s));
      await claims.freeze(s.holder, AMOUNT);
      return claims.unfreeze(s.holder, AMOUNT);
    },
  },
  seize: {
    "by Claims, of a deposit that cools down in part": async (s) => {
      await s.trust.deposit(AMOUNT);
      await s.trust.requestWithdrawal(AMOUNT / 2n);
      return s.trust.connect(await asClaims(s)).seize(s.holder, AMOUNT / 2n, s.relayer, AMOUNT / 20n);
    },
  },
  zeroKarma: { "by Claims": async (s) => s.trust.connect(await asClaims(s)).zeroKarma(s.holder) },
  countUpheld: { "by Claims": async (s) => s.trust.connect(await asClaims(s)).countUpheld(s.holder) },
  setLimitParameters: { "": (s) => s.trust.connect(s.treasury).setLimitParameters(limit) },
  setMeter: { "": (s) => s.trust.connect(s.treasury).setMeter(fee, halfLife) },
  setStartPricing: { "": (s) => s.trust.connect(s.treasury).setStartPricing(floor, leastTarget, share, rise) },
  ...ownership("trust"),
});

const attestations = operationsOf("Attestations", {
  attest: { "three components, again": (s) => s.attestations.attest(1, STACK) },
  revoke: { "by Claims": async (s) => s.attestations.connect(await asClaims(s)).revoke(1) },
  accept: { "one licence": (s) => s.attestations.connect(s.treasury).accept(["BSL-1.0"], false) },
  withdraw: { "one licence": (s) => s.attestations.connect(s.treasury).withdraw("Zlib", false) },
  ...ownership("attestations"),
});

/** A claim of abuse by the relayer; its number. */
async function claimed(s: State): Promise<bigint> {
  await s.trust.deposit(2n * AMOUNT);
  await s.claims.connect(s.relayer).open(Kind.Abuse, s.tokenLease, AMOUNT, 0n, ...EVIDENCE);
  return 1n;
}

async function disputed(s: State): Promise<bigint> {
  const number = await claimed(s);
  await s.claims.connect(s.holder).dispute(number, ...EVIDENCE);
  return number;
}

async function decided(s: State): Promise<bigint> {
  const number = await disputed(s);
  await s.claims.connect(s.operator).decide(number, true, AMOUNT, ...EVIDENCE);
  return number;
}

const claims = operationsOf("Claims", {
  open: {
    "of abuse": async (s) => {
      await s.trust.deposit(2n * AMOUNT);
      return s.claims.connect(s.relayer).open(Kind.Abuse, s.tokenLease, AMOUNT, 0n, ...EVIDENCE);
    },
    "of a false attestation": (s) =>
      s.claims.connect(s.relayer).open(Kind.FalseAttestation, 1n, AMOUNT, 0n, ...EVIDENCE),
  },
  dispute: { "": async (s) => s.claims.connect(s.holder).dispute(await claimed(s), ...EVIDENCE) },
  decide: {
    "by the operator": async (s) => s.claims.connect(s.operator).decide(await disputed(s), true, AMOUNT, ...EVIDENCE),
    "by the owner, finally": async (s) => {
      const number = await disputed(s);
      s.chain.pass(COOL_DOWN);
      return s.claims.connect(s.treasury).decide(number, true, AMOUNT, ...EVIDENCE);
    },
  },
  appeal: { "": async (s) => s.claims.connect(s.holder).appeal(await decided(s), ...EVIDENCE) },
  conclude: {
    upheld: async (s) => {
      const number = await decided(s);
      s.chain.pass(COOL_DOWN);
      return s.claims.connect(s.stranger).conclude(number);
    },
  },
  ...ownership("claims"),
});

const seizing = [
  ...operationsOf("Providers", {
    setAttested: {
      "by Attestations": async (s) => {
        const attestations = await s.chain.impersonate(await s.attestations.getAddress());
        return s.providers.connect(attestations).setAttested(1, 2n ** 40n - 1n);
      },
    },
    freeze: { "by Claims": async (s) => s.providers.connect(await asClaims(s)).freeze(s.provider, AMOUNT) },
    unfreeze: {
      "by Claims": async (s) => {
        const by = s.providers.connect(await asClaims(s));
        await by.freeze(s.provider, AMOUNT);
        return by.unfreeze(s.provider, AMOUNT);
      },
    },
    seize: {
      "by Claims": async (s) =>
        s.providers.connect(await asClaims(s)).seize(s.provider, AMOUNT, s.relayer, AMOUNT / 10n),
    },
  }),
  ...operationsOf("Vault", {
    retire: { "by Leases": (s) => s.vault.connect(s.asLeases).retire(s.provider, AMOUNT) },
    burnRetired: { "": (s) => s.vault.burnRetired() },
    move: {
      "by Claims, XOV between balances": async (s) =>
        s.vault.connect(await asClaims(s)).move(s.xov, s.holder, s.relayer, AMOUNT),
    },
  }),
];

/** Of trust, attestations and claims. */
export const trustOperations: readonly Operation[] = [...trust, ...attestations, ...claims, ...seizing];
