// SPDX-License-Identifier: Apache-2.0
import { formatEther } from "viem";
import { z } from "zod";
import type { Allowance } from "../chain/broadcast.ts";
import { TransactionError } from "../chain/transactionError.ts";
import type { Clock } from "../core/clock.ts";
import { readJson, writeFileAtomic } from "../core/files.ts";
import type { Logger } from "../core/log.ts";

export interface OpenSpendingParameters {
  /** What was spent today, so that a restart does not begin anew. */
  readonly file: string;
  /** Wei in one day of UTC; undefined: no limit. */
  readonly limit: bigint | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface SpendingReport {
  /** Wei, today: paid, and at most for what is under way. */
  readonly spent: bigint;
  readonly limit: bigint | undefined;
  /** When sending begins again (ISO 8601); undefined unless it has stopped. */
  readonly stoppedUntil: string | undefined;
}

export interface Spending extends Allowance {
  report(): SpendingReport;
}

const DAY_MS = 86_400_000;
const decimal = z.string().regex(/^\d+$/).transform(BigInt);
const fileSchema = z.object({
  day: z.number().int(),
  spent: decimal,
  reserved: z.array(z.tuple([z.number().int(), decimal])),
});

/**
 * Keeps what an account spends in a day of UTC below a limit. A transaction is sent only if the most that it may cost still
 * fits; that is on disk before, so that it counts even if the process is killed and never hears what it did cost.
 * @throws FileError when the file is not what was written
 */
export async function openSpending({ file, limit, clock, log }: OpenSpendingParameters): Promise<Spending> {
  const today = () => Math.floor(clock.now() / DAY_MS);
  const kept = await readJson(file, fileSchema);
  let day = kept?.day ?? today();
  let paid = kept?.spent ?? 0n;
  let stopped = false;
  /** By nonce. */
  const reserved = new Map(kept?.reserved);
  let last: Promise<void> = Promise.resolve();

  const turnDay = () => {
    if (today() === day) return;
    if (stopped) log.info("a new day: transactions are sent again");
    [day, paid, stopped] = [today(), 0n, false];
    // What was sent before counted then. What is still under way is paid from the new day.
    reserved.clear();
  };
  const total = () => [...reserved.values()].reduce((sum, wei) => sum + wei, paid);
  const save = () => {
    const content = { day, spent: `${paid}`, reserved: [...reserved].map(([nonce, wei]) => [nonce, `${wei}`]) };
    const next = last.catch(() => undefined).then(() => writeFileAtomic(file, JSON.stringify(content)));
    last = next;
    return next;
  };
  const until = () => new Date((day + 1) * DAY_MS).toISOString();
  return {
    async reserve(nonce, wei) {
      turnDay();
      const before = reserved.get(nonce) ?? 0n;
      const have = total() - before + (wei > before ? wei : before);
      if (limit !== undefined && have > limit) {
        const said = {
          spent: formatEther(total()),
          limit: formatEther(limit),
          wanted: formatEther(wei),
          until: until(),
        };
        if (!stopped) log.error(said, "the day's spending limit is reached: no transaction is sent before it ends");
        stopped = true;
        const message = `the day's limit of ${said.limit} leaves nothing for a transaction of up to ${said.wanted}`;
        throw new TransactionError({ code: "SPENDING_LIMIT", message, have, need: limit, retryable: true });
      }
      if (wei <= before) return;
      reserved.set(nonce, wei);
      await save();
    },
    async settle(nonce, wei) {
      turnDay();
      if (!reserved.delete(nonce) && wei === 0n) return;
      paid += wei;
      await save();
    },
    report() {
      turnDay();
      return { spent: total(), limit, stoppedUntil: stopped ? until() : undefined };
    },
  };
}
