// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { TransactionError } from "../../../offchain/chain/transactionError.ts";
import { createLog } from "../../../offchain/core/log.ts";
import { openSpending } from "../../../offchain/relayer/spending.ts";
import { manualClock } from "../../fakes/clock.ts";

const DAY_MS = 86_400_000;

describe("relayer: spending", () => {
  let dir: string;
  let lines: string[];
  // Noon.
  let clock = manualClock();

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "xov-spending-"));
    lines = [];
    clock = manualClock(20_000 * DAY_MS + DAY_MS / 2);
  });
  afterEach(() => rm(dir, { recursive: true }));

  const open = (limit: bigint | undefined) => {
    const destination = { write: (line: string) => void lines.push(line) };
    return openSpending({
      file: join(dir, "spending.json"),
      limit,
      clock,
      log: createLog({ name: "test", destination }),
    });
  };
  const refused = async (promise: Promise<void>) => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(TransactionError);
    expect(error).to.include({ code: "SPENDING_LIMIT", retryable: true });
  };

  it("counts the most that each may cost until it is known, and a nonce once", async () => {
    const spending = await open(100n);
    await spending.reserve(1, 40n);
    await spending.reserve(1, 60n); // with higher fees
    await spending.reserve(2, 40n);
    expect(spending.report()).to.include({ spent: 100n, stoppedUntil: undefined });
    await refused(spending.reserve(3, 1n));
    await spending.settle(1, 10n);
    expect(spending.report().spent).to.equal(50n);
    await spending.reserve(3, 50n);
    await refused(spending.reserve(3, 51n));
    // What was not sent costs nothing.
    await spending.settle(3, 0n);
    expect(spending.report().spent).to.equal(50n);
  });

  it("says once that it has stopped, and until when; goes on the next day", async () => {
    const spending = await open(100n);
    await spending.reserve(1, 90n);
    await spending.settle(1, 90n);
    await refused(spending.reserve(2, 20n));
    await refused(spending.reserve(2, 20n));
    expect(spending.report().stoppedUntil).to.equal(new Date(20_001 * DAY_MS).toISOString());
    expect(lines.filter((line) => line.includes("spending limit is reached"))).to.have.length(1);
    await clock.advance(DAY_MS / 2);
    expect(spending.report()).to.deep.equal({ spent: 0n, limit: 100n, stoppedUntil: undefined });
    await spending.reserve(2, 20n);
  });

  it("remembers over a restart what was spent and what may have been", async () => {
    const before = await open(100n);
    await before.reserve(1, 30n);
    await before.settle(1, 25n);
    await before.reserve(2, 30n);
    const after = await open(100n);
    expect(after.report().spent).to.equal(55n);
    await refused(after.reserve(3, 46n));
    // The one that was killed before it heard: sent again, it counts once.
    await after.reserve(2, 40n);
    await after.settle(2, 40n);
    expect(after.report().spent).to.equal(65n);
    await clock.advance(DAY_MS);
    expect((await open(100n)).report().spent).to.equal(0n);
  });

  it("counts without a limit too", async () => {
    const spending = await open(undefined);
    await spending.reserve(1, 10n ** 30n);
    expect(spending.report()).to.include({ spent: 10n ** 30n, limit: undefined, stoppedUntil: undefined });
  });
});
