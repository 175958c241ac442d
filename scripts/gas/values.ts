// SPDX-License-Identifier: Apache-2.0
// What the measured calls say. Sizes count: a byte of calldata that is not zero costs four times one that is.
import { encodeBytes32String, keccak256, parseEther, parseUnits, ZeroAddress } from "ethers";

export const HOUR = 3600;
export const DAY = 24 * HOUR;
/** The quote of bitcoin markets. */
export const BITCOIN: string = ZeroAddress;

export const XOV_SUPPLY: bigint = parseEther("1000000000");
export const TOKEN_DECIMALS = 6;
export const TOKEN_SUPPLY: bigint = parseUnits("1000000000", TOKEN_DECIMALS);

export const BALANCE: bigint = parseEther("100000");
export const TOKEN_BALANCE: bigint = parseUnits("100000", TOKEN_DECIMALS);
export const STAKE: bigint = parseEther("20000");
/** Of the provider, for its fees and start prices. */
export const PURSE: bigint = parseEther("1000");
export const BOND: bigint = parseEther("3");

export const POOL_NAME: string = encodeBytes32String("stackmonkey");
/** 1,000 XOV at least, and a millionth of a XOV for each millisatoshi; open to all. */
export const RULES = { minimumStake: parseEther("1000"), collateralPerMsat: 10n ** 12n, fee: 0n, admission: 0 };

/** Two vCPUs, 4 GiB and 40 GiB. */
export const SPEC = {
  vcpus: 2,
  memoryMiB: 4096,
  diskGiB: 40,
  gpus: 0,
  gpuModel: `0x${"00".repeat(16)}`,
  architecture: encodeBytes32String("x86_64").slice(0, 18),
};

/** 0.0345 tokens, or 1,500 satoshi, an hour. */
export const PRICES = {
  token: { code: 9000 + 3450 - 1000, perHour: 34_500n },
  bitcoin: { code: 3 * 9000 + 1500 - 1000, perHour: 1_500_000n },
};
export const PREPAID_HOURS = 24n;
export const CONFIRMATIONS = 2;
/** The hours that a lease's agreed prepayment pays. */
export const HOURS_PAID = 10n;

export const GRACE: number = 6 * HOUR;
/** x of the generator of secp256k1. */
export const BITCOIN_KEY = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
export const SEAL_KEY: string = keccak256("0x01");
/** The bytes of a launch spec, of access details and of a card are the caller's: as few as there can be. */
export const SEALED = "0xa9";
/** Pays to a taproot output. */
export const REFUND_SCRIPT = `0x5120${"11".repeat(32)}`;
