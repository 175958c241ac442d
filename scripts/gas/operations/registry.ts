// SPDX-License-Identifier: Apache-2.0
import { encodeBytes32String, keccak256, parseEther, ZeroAddress } from "ethers";
import { applianceOf } from "../market.ts";
import { type Operation, operationsOf } from "../operation.ts";
import { DAY, POOL_NAME, RULES, SEALED, SPEC } from "../values.ts";

const AMOUNT = parseEther("100");
const UNSTAKE_DELAY = 14 * DAY;

const classes = operationsOf("ComputeClasses", {
  register: {
    "a new class": (s) => s.classes.register({ ...SPEC, vcpus: 4 }),
    "a known class": (s) => s.classes.register(SPEC),
  },
});

const pools = operationsOf("Pools", {
  create: { "a new pool": (s) => s.pools.create(encodeBytes32String("other"), RULES) },
  setRules: { "": (s) => s.pools.setRules(1, { ...RULES, minimumStake: parseEther("2000") }) },
  setOperator: { "": (s) => s.pools.setOperator(1, s.stranger) },
  setListed: {
    "lists a provider": (s) => s.pools.setListed(1, s.provider, true),
    "lists it no more": async (s) => {
      await s.pools.setListed(1, s.provider, true);
      return s.pools.setListed(1, s.provider, false);
    },
  },
});

const stakes = operationsOf("Providers", {
  stake: {
    more: (s) => s.providers.stake(AMOUNT),
    "for the first time": (s) => s.providers.connect(s.relayer).stake(AMOUNT),
  },
  requestUnstake: {
    "for the first time": (s) => s.providers.requestUnstake(AMOUNT),
    more: async (s) => {
      await s.providers.requestUnstake(AMOUNT);
      return s.providers.requestUnstake(AMOUNT);
    },
  },
  withdrawStake: {
    "": async (s) => {
      await s.providers.requestUnstake(AMOUNT);
      s.chain.pass(UNSTAKE_DELAY);
      return s.providers.withdrawStake();
    },
  },
  lock: { "by an operator": (s) => s.providers.connect(s.asExchange).lock(s.provider, AMOUNT) },
  unlock: { "by an operator": (s) => s.providers.connect(s.asExchange).unlock(s.provider, AMOUNT) },
  lockForSale: {
    "by an operator": (s) => s.providers.connect(s.asExchange).lockForSale(1n, s.hotKey, 1n, AMOUNT),
  },
  countEviction: {
    "by an operator": async (s) => {
      await s.providers.setEvictionLimit(1, 4);
      return s.providers.connect(s.asLeases).countEviction(1n, s.hotKey);
    },
  },
  unlockFor: { "by an operator": (s) => s.providers.connect(s.asExchange).unlockFor(1n, s.hotKey, AMOUNT) },
  forfeit: { "by an operator": (s) => s.providers.connect(s.asExchange).forfeit(s.provider, s.stranger, AMOUNT) },
  slash: { "by an operator": (s) => s.providers.connect(s.asLeases).slash(s.provider, AMOUNT) },
});

const appliances = operationsOf("Providers", {
  registerAppliance: {
    "in an open pool": (s) => s.providers.registerAppliance(applianceOf(s.hotKey.address)),
    "in a pool that lists its providers": async (s) => {
      await s.pools.setRules(1, { ...RULES, admission: 1 });
      await s.pools.setListed(1, s.provider, true);
      return s.providers.registerAppliance(applianceOf(s.hotKey.address));
    },
  },
  setHotKey: {
    another: (s) => s.providers.setHotKey(1, s.stranger),
    none: (s) => s.providers.setHotKey(1, `0x${"00".repeat(20)}`),
  },
  setSealKey: { another: (s) => s.providers.setSealKey(1, keccak256(POOL_NAME)) },
  setPriceFloor: {
    "the first": (s) => s.providers.setPriceFloor(1, ZeroAddress, 1n),
    another: async (s) => {
      await s.providers.setPriceFloor(1, ZeroAddress, 1n);
      return s.providers.setPriceFloor(1, ZeroAddress, 2n);
    },
  },
  setEvictionLimit: { "the first": (s) => s.providers.setEvictionLimit(1, 4) },
  publishCard: { "of one byte": (s) => s.providers.connect(s.hotKey).publishCard(1, SEALED) },
  beat: {
    "by the hot key": (s) => s.providers.connect(s.hotKey).beat(1),
    "by the provider": (s) => s.providers.beat(1),
  },
});

/** Of compute classes, pools and providers. */
export const registryOperations: readonly Operation[] = [...classes, ...pools, ...stakes, ...appliances];
