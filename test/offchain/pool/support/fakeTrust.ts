// SPDX-License-Identifier: Apache-2.0
import { HttpRequestError } from "viem";
import type { TrustReader } from "../../../../offchain/pool/trustReader.ts";

const XOV = 10n ** 18n;

/** A trust lens that says the same of everybody. */
export interface FakeTrust extends TrustReader {
  /** Undefined answers at once; else nothing answers: with an error, or only after so many milliseconds. */
  trouble: "unreachable" | { readonly afterMs: number } | undefined;
  /** Providers that were asked about. */
  readonly asked: string[];
}

export function fakeTrust(): FakeTrust {
  const answer = async <T>(value: T): Promise<T> => {
    const { trouble } = trust;
    if (trouble === "unreachable") throw new HttpRequestError({ url: "http://chain.invalid" });
    if (trouble !== undefined) await new Promise((resolve) => setTimeout(resolve, trouble.afterMs).unref());
    return value;
  };
  const trust: FakeTrust = {
    trouble: undefined,
    asked: [],
    account: (account, starts) =>
      answer({
        account,
        deposit: `${5n * XOV}`,
        cooling: "0",
        frozen: "0",
        leavesAt: null,
        karma: 1.5,
        limit: 5,
        used: 3,
        available: 2,
        upheld: 0,
        start: starts === undefined ? null : quoteOf(Number(starts.milliUnits) / 1_000, starts.count),
      }),
    startPrice: () =>
      answer({ perUnit: `${2n * XOV}`, floor: `${XOV}`, secondsToFloor: 600, target: 8, globalRate: 0.5 }),
    provider: (provider) => {
      trust.asked.push(provider);
      const record = { asked: 20, made: 19, promised: 400, delivered: 399.5, upheld: 0 };
      const zero = { leaving: "0", leavesAt: null, short: "0", frozen: "0" };
      const stake = { free: `${XOV}`, locked: `${3n * XOV}`, ...zero };
      return answer({ provider, record, staked: `${4n * XOV}`, stake, purse: `${XOV}`, seizable: `${4n * XOV}` });
    },
    attestation: (appliance) =>
      answer({
        attestedAt: appliance,
        expiresAt: 2 ** 33,
        barredUntil: null,
        componentsHash: `0x${"ab".repeat(32)}`,
        listable: true,
      }),
  };
  return trust;
}

function quoteOf(units: number, count: number) {
  const withinLimitCount = Math.min(count, Math.floor(2 / units));
  const price = `${BigInt(count - withinLimitCount) * XOV}`;
  return { units, count, withinLimit: withinLimitCount === count, withinLimitCount, price, exhausted: false };
}
