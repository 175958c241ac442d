// SPDX-License-Identifier: Apache-2.0
// The trust module's price of anonymous starts, with the contract's own arithmetic: whole numbers, rounded as there.

const WAD = 10n ** 18n;
const LN2 = 693_147_180_559_945_309n;
const NANOSECONDS = 10n ** 9n;
const HOUR = 3600n;
const MAX_X = 48n * WAD;
const MAX_HALVINGS = 97n;
const MAX_EXPONENT = 16n;
const FLOW_SCALE = 10n ** 6n;
const UNIT_HOUR = 1000n * HOUR;

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** `Exponential.expDown`: e^x in wads. */
export function expDown(x: bigint): bigint {
  const bounded = x > MAX_X ? MAX_X : x;
  const r = (bounded % LN2) / 4n;
  let y = WAD + r / 12n;
  for (let n = 11n; n > 0n; n -= 1n) y = WAD + (y * r) / (n * WAD);
  y = (y * y) / WAD;
  y = (y * y) / WAD;
  return y << (bounded / LN2);
}

/** `Exponential.decayDown`. */
export function decayDown(amount: bigint, elapsed: bigint, halfLife: bigint): bigint {
  const halvings = elapsed / halfLife;
  if (halvings >= MAX_HALVINGS) return 0n;
  return ((amount >> halvings) * WAD) / expDown(((elapsed % halfLife) * LN2) / halfLife);
}

/** What prices starts; `TRUST_PARAMETERS` of the deployment has them. */
export interface Pricing {
  readonly fee: bigint;
  readonly halfLife: bigint;
  readonly floor: bigint;
  readonly leastTarget: bigint;
  readonly share: bigint;
  readonly rise: bigint;
}

/** A network at a moment, unix seconds. */
export interface StartMarket {
  readonly pricing: Pricing;
  readonly flow: bigint;
  readonly updatedAt: bigint;
  /** Unix nanoseconds. */
  readonly clearsAt: bigint;
}

/** A network without history. */
export function youngMarket(pricing: Pricing, now: bigint): StartMarket {
  return { pricing, flow: 0n, updatedAt: now, clearsAt: 0n };
}

/** `Trust.globalRate`: thousandths of a compute unit. */
export function globalRate({ pricing, flow, updatedAt }: StartMarket, now: bigint): bigint {
  return (decayDown(flow, now - updatedAt, pricing.halfLife) * LN2) / (pricing.halfLife * FLOW_SCALE * WAD);
}

/** `Trust.targetRate`: thousandths of a compute unit an hour. */
export function targetRate(m: StartMarket, now: bigint): bigint {
  return max(m.pricing.leastTarget, (globalRate(m, now) * m.pricing.share) / 1_000_000n);
}

/** Nanoseconds until the excess is gone. */
export function excessOf(m: StartMarket, now: bigint): bigint {
  return max(0n, m.clearsAt - now * NANOSECONDS);
}

/** The price of one compute unit at the margin, XOV base units. */
export function marginalPrice(m: StartMarket, now: bigint): bigint {
  return (m.pricing.floor * exponential(m, excessOf(m, now))) / WAD;
}

/** What starting `units` (thousandths) costs, XOV base units, and the market after it; undefined when too many have started. */
export function startAnonymously(
  m: StartMarket,
  units: bigint,
  now: bigint,
): { readonly cost: bigint; readonly market: StartMarket } | undefined {
  const { floor, rise } = m.pricing;
  const target = targetRate(m, now);
  const from = excessOf(m, now);
  const to = from + ceilDiv(units * HOUR * NANOSECONDS, target);
  if (to > MAX_EXPONENT * rise * NANOSECONDS) return undefined;
  const area = exponential(m, to) - exponential(m, from);
  const integral = (floor * target * rise * area) / (1000n * HOUR * WAD) + 1n;
  const cost = max(integral, ceilDiv(floor * units, 1000n));
  return { cost, market: { ...m, clearsAt: now * NANOSECONDS + to } };
}

/** Compute (thousandths of a unit × seconds) is delivered and its fee paid: `Trust.delivered`. */
export function deliver(
  m: StartMarket,
  compute: bigint,
  now: bigint,
): { readonly fee: bigint; readonly market: StartMarket } {
  const flow = decayDown(m.flow, now - m.updatedAt, m.pricing.halfLife) + compute * FLOW_SCALE;
  return { fee: ceilDiv(compute * m.pricing.fee, UNIT_HOUR), market: { ...m, flow, updatedAt: now } };
}

function exponential({ pricing }: StartMarket, nanoseconds: bigint): bigint {
  return expDown((nanoseconds * (WAD / NANOSECONDS)) / pricing.rise);
}
