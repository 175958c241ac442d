// SPDX-License-Identifier: Apache-2.0

/** What a benchmark measured, beside its budget. */
export interface Figure {
  readonly name: string;
  readonly unit: "ms" | "MiB";
  readonly value: number;
  /** The budget, in the same unit: what it may be on a machine with two cores. */
  readonly reference: number;
}

/**
 * The median and the 99th percentile (nearest rank) of times, rounded to whole milliseconds.
 * @param budget of each, milliseconds
 */
export function percentiles(
  name: string,
  times: readonly number[],
  budget: { readonly p50: number; readonly p99: number },
): Figure[] {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN);
  return [
    { name: `${name}, p50`, unit: "ms", value: at(0.5), reference: budget.p50 },
    { name: `${name}, p99`, unit: "ms", value: at(0.99), reference: budget.p99 },
  ];
}
