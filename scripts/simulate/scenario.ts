// SPDX-License-Identifier: Apache-2.0
// Ten thousand starts by strangers: two quiet days, a rush, an attack by one who has a thousand keys, and what follows.

import {
  deliver,
  marginalPrice,
  type Pricing,
  type StartMarket,
  startAnonymously,
  youngMarket,
} from "./startMarket.ts";

const HOUR = 3600;
const XOV = 10n ** 18n;
/** Thousandths of a compute unit: two vCPUs, 4 GiB and 40 GiB. */
export const UNITS = 1280n;
const RUN = 10 * HOUR;

export const PHASES = {
  rush: { from: 72 * HOUR, to: 84 * HOUR },
  attack: { from: 120 * HOUR, to: 132 * HOUR },
  end: 200 * HOUR,
} as const;

/** Of the simulation that the docs show. */
export const SEED = 8;
export const ATTEMPTS = 10_000;
const ATTACKS = 7_400;
const KEYS = 1_000;
/** What each is ready to pay for one start. */
const HONEST_MOST: bigint = XOV;
const ATTACKER_MOST: bigint = 100n * XOV;

/** One attempt. */
export interface Attempt {
  /** Seconds since the beginning. */
  readonly at: number;
  readonly attacker: boolean;
  /** Which of the attacker's keys; no deposit and no karma stand behind any. */
  readonly key: number;
}

/** What became of an attempt. */
export interface Step extends Attempt {
  readonly granted: boolean;
  /** XOV base units paid. */
  readonly cost: bigint;
  /** XOV base units for one compute unit, at the margin, after it. */
  readonly price: bigint;
}

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function randoms(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** All attempts, in order of time. */
export function attemptsOf(seed: number): readonly Attempt[] {
  const random = randoms(seed);
  const all: Attempt[] = [];
  const { rush, attack, end } = PHASES;
  for (let i = 0; i < ATTACKS; i += 1) {
    const at = attack.from + Math.floor((i * (attack.to - attack.from)) / ATTACKS);
    all.push({ at, attacker: true, key: i % KEYS });
  }
  const inRush = 720;
  for (let i = 0; i < ATTEMPTS - ATTACKS; i += 1) {
    const [from, to] = i < inRush ? [rush.from, rush.to] : [0, end];
    all.push({ at: Math.floor(from + random() * (to - from)), attacker: false, key: 0 });
  }
  return all.sort((a, b) => a.at - b.at || Number(a.attacker) - Number(b.attacker));
}

/** Lets them happen to a network without history; each instance that starts is metered after ten hours. */
export function simulate(pricing: Pricing, attempts: readonly Attempt[]): readonly Step[] {
  let market: StartMarket = youngMarket(pricing, 0n);
  const running: number[] = [];
  return attempts.map((attempt) => {
    for (let ends = running[0]; ends !== undefined && ends <= attempt.at; ends = running[0]) {
      running.shift();
      market = deliver(market, UNITS * BigInt(RUN), BigInt(ends)).market;
    }
    const now = BigInt(attempt.at);
    const started = startAnonymously(market, UNITS, now);
    const most = attempt.attacker ? ATTACKER_MOST : HONEST_MOST;
    const granted = started !== undefined && started.cost <= most;
    if (granted) {
      market = started.market;
      running.push(attempt.at + RUN);
    }
    return { ...attempt, granted, cost: granted ? started.cost : 0n, price: marginalPrice(market, now) };
  });
}

/** Of a simulation, in XOV and counts. */
export function summaryOf(steps: readonly Step[]) {
  const of = (attacker: boolean) => steps.filter((s) => s.attacker === attacker);
  const granted = (all: readonly Step[]) => all.filter((s) => s.granted).length;
  const paid = (all: readonly Step[]) => Number(all.reduce((sum, s) => sum + s.cost, 0n)) / 1e18;
  const during = (from: number, to: number) => of(false).filter((s) => s.at >= from && s.at < to);
  const { rush, attack, end } = PHASES;
  const phase = (name: string, from: number, to: number) => {
    const all = during(from, to);
    return { name, asked: all.length, granted: granted(all), mean: paid(all) / Math.max(granted(all), 1) };
  };
  return {
    honest: [
      phase("quiet", 0, rush.from),
      phase("rush", rush.from, rush.to),
      phase("after the rush", rush.to, attack.from),
      phase("attack", attack.from, attack.to),
      phase("after the attack", attack.to, end),
    ],
    attacker: { asked: of(true).length, granted: granted(of(true)), paid: paid(of(true)) },
  };
}
