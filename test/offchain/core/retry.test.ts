// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { TaggedError } from "../../../offchain/core/errors.ts";
import { backoffMs, retry } from "../../../offchain/core/retry.ts";
import { manualClock } from "../../fakes/clock.ts";

const failure = (retryable: boolean) => new TaggedError({ code: "X", message: "x", retryable });
const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("retry", () => {
  it("tries again after pauses that grow within their bounds", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, random) => {
          const pause = backoffMs(failures, { minMs: 100, maxMs: 5_000, random: () => random });
          const bound = Math.min(5_000, 100 * 2 ** (failures - 1));
          expect(pause).to.be.within(Math.floor(bound / 2), Math.ceil(bound));
        },
      ),
    );
  });

  it("returns the first success", async () => {
    const clock = manualClock();
    let calls = 0;
    const result = retry(
      async () => {
        if (++calls < 3) throw failure(true);
        return calls;
      },
      { clock, signal: new AbortController().signal },
    );
    await clock.advance(60_000);
    expect(await result).to.equal(3);
  });

  it("gives up at once on what cannot be retried, and after the last attempt", async () => {
    const clock = manualClock();
    const { signal } = new AbortController();
    let calls = 0;
    const call = (retryable: boolean) => async () => {
      calls++;
      throw failure(retryable);
    };
    expect(await rejection(retry(call(false), { clock, signal }))).to.have.property("code", "X");
    expect(calls).to.equal(1);
    const last = rejection(retry(call(true), { clock, signal, attempts: 4 }));
    await clock.advance(600_000);
    expect(await last).to.have.property("code", "X");
    expect(calls).to.equal(5);
  });

  it("stops while it waits", async () => {
    const clock = manualClock();
    const controller = new AbortController();
    const result = rejection(retry(() => Promise.reject(failure(true)), { clock, signal: controller.signal }));
    await clock.advance(0);
    controller.abort(new Error("enough"));
    expect(await result).to.have.property("message", "enough");
    expect(clock.sleepers).to.equal(0);
  });
});
