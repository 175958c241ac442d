// SPDX-License-Identifier: Apache-2.0

/** What a call costs. */
export interface Measured {
  /** `Contract.function`. */
  readonly operation: string;
  readonly variant: string;
  /** Of the whole transaction: 21,000 + calldata + execution − refund. */
  readonly gas: number;
  /** What the design allows; null where it says nothing. */
  readonly goal: number | null;
}

/** What a call is known to cost. */
export interface Known extends Measured {
  /** Why it costs more than the goal. */
  readonly missed?: string;
}

const keyOf = ({ operation, variant }: Measured): string => `${operation} (${variant})`;
const excess = ({ gas, goal }: Measured): number => (goal === null ? 0 : Math.max(0, gas - goal));
const byKey = <T extends Measured>(list: readonly T[]) => new Map(list.map((item) => [keyOf(item), item]));

/** All in which what was measured differs from what is known, and the goals missed without a reason; one line each. */
export function differences(known: readonly Known[], measured: readonly Measured[]): readonly string[] {
  const [before, after] = [byKey(known), byKey(measured)];
  const gone = [...before.keys()].filter((key) => !after.has(key)).map((key) => `${key}: no longer measured`);
  const changed = measured.flatMap((now) => {
    const then = before.get(keyOf(now));
    if (then === undefined) return [`${keyOf(now)}: new, ${now.gas}`];
    if (then.goal !== now.goal) return [`${keyOf(now)}: goal ${now.goal}, was ${then.goal}`];
    const change = now.gas - then.gas;
    return change === 0 ? [] : [`${keyOf(now)}: ${now.gas}, was ${then.gas} (${change > 0 ? "+" : ""}${change})`];
  });
  return [...gone, ...changed, ...measured.flatMap((now) => aboutGoal(now, before.get(keyOf(now))?.missed))];
}

function aboutGoal(now: Measured, missed: string | undefined): readonly string[] {
  const over = excess(now);
  if (over > 0 && missed === undefined) return [`${keyOf(now)}: ${over} more than the goal of ${now.goal}`];
  return over === 0 && missed !== undefined ? [`${keyOf(now)}: marked as missed, but the goal is met`] : [];
}

/** What was measured becomes what is known; the reasons of goals that are still missed stay. */
export function updated(known: readonly Known[], measured: readonly Measured[]): readonly Known[] {
  const before = byKey(known);
  return measured.map((now) => {
    const missed = before.get(keyOf(now))?.missed;
    return excess(now) > 0 && missed !== undefined ? { ...now, missed } : now;
  });
}
