// SPDX-License-Identifier: Apache-2.0
import { PHASE_WORDS, type Phase } from "./phase.ts";

/** Where a lease stands, in a word. */
export function PhasePill({ phase, underWay = false }: { phase: Phase; underWay?: boolean }) {
  const { text, tone } = PHASE_WORDS[phase];
  return <span className={`pill ${tone}`}>{phase === "payment" && underWay ? "Payment on its way" : text}</span>;
}
