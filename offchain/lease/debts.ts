// SPDX-License-Identifier: Apache-2.0

/** Below this nothing of a closed bitcoin lease has to be refunded or can be claimed, msat: `SMALLEST_DEBT` of IBitcoinDebts.sol. */
export const SMALLEST_DEBT = 3_000_000n;

/** From the close until collateral may be claimed, seconds: `REFUND_WINDOW` of BitcoinDebts.sol. */
export const REFUND_WINDOW = 604_800;
