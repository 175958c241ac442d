// SPDX-License-Identifier: Apache-2.0

/**
 * The argv prefix that runs bitcoind: `[path]`, or a loader with its library path and then the program. Append arguments
 * and spawn it: `const [program, ...args] = bitcoindCommand()`.
 * @throws SetupError if there is none yet; `ensureBitcoind` gets one
 */
export function bitcoindCommand(): [program: string, ...args: string[]];

/**
 * What that bitcoind says of itself, such as "Bitcoin Knots daemon version v29.1.0".
 * @throws SetupError if there is none yet
 */
export function bitcoindVersion(): string;

/**
 * Gets a bitcoind if there is none, and gives the argv prefix that runs it. Safe to call from several processes at once.
 * @throws SetupError, saying what to install, where none can be had
 */
export function ensureBitcoind(): Promise<[program: string, ...args: string[]]>;
