// SPDX-License-Identifier: Apache-2.0

/** EIP-1559, in wei per gas. */
export interface Fees {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

/** Both fees by an eighth and one wei, rounded up: nodes take a replacement from a tenth more on. */
export function raised({ maxFeePerGas, maxPriorityFeePerGas }: Fees): Fees {
  const raise = (fee: bigint) => fee + fee / 8n + 1n;
  return { maxFeePerGas: raise(maxFeePerGas), maxPriorityFeePerGas: raise(maxPriorityFeePerGas) };
}

/** Of each fee the higher one. */
export function higher(a: Fees, b: Fees): Fees {
  return {
    maxFeePerGas: max(a.maxFeePerGas, b.maxFeePerGas),
    maxPriorityFeePerGas: max(a.maxPriorityFeePerGas, b.maxPriorityFeePerGas),
  };
}

function max(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
