// SPDX-License-Identifier: Apache-2.0

const XOV = 10n ** 18n;
const HOUR = 3600n;

/** What the trust module begins with (`Parameters` of TrustParameters.sol); its owner may change it within hard bounds. */
export const TRUST_PARAMETERS = {
  limit: {
    /** XOV base units for each compute unit in use at once. */
    unitDeposit: XOV,
    /** XOV base units that a compute-unit-hour of karma counts as: at most the fee. */
    karmaValue: XOV / 1000n,
  },
  /** XOV base units burned for each compute-unit-hour. */
  fee: XOV / 1000n,
  /** Of the global compute rate, seconds. */
  halfLife: 7n * 24n * HOUR,
  /** XOV base units for each compute unit started anonymously in a quiet time. */
  floor: XOV / 100n,
  /** Thousandths of a compute unit an hour. */
  leastTarget: 20_000n,
  /** Millionths: starts an hour for each compute unit that the network runs. */
  share: 50_000n,
  /** Seconds of excess that multiply the price by e. */
  rise: 2n * HOUR,
} as const;
