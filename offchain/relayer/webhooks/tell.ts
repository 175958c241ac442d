// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import { outpointKey } from "../types.ts";
import type { Waiter, Wake } from "../wake.ts";
import { eventsFor, type PaymentNow } from "./event.ts";
import type { Outbox } from "./outbox.ts";

export interface TellParameters {
  readonly outbox: Outbox;
  /** How all payments stand; undefined while that is not known yet. */
  payments(): readonly PaymentNow[] | undefined;
  /** Of what changes them. */
  readonly waiter: Waiter;
  /** Told of new events. */
  readonly outgoing: Wake;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Polls for which a payment must be nowhere before it is told as dropped: a reorg takes a moment to bring it back. */
const PATIENCE_POLLS = 5;

/** Puts into the outbox what happens to payments, until the signal ends it. */
export async function tell(parameters: TellParameters): Promise<void> {
  const { outbox, payments, waiter, outgoing, pollMs, clock, log, signal } = parameters;
  const goneSince = new Map<string, number>();
  while (!signal.aborted) {
    const all = payments();
    if (all !== undefined) {
      const events = all.flatMap((now) => {
        if (isPassing(now, goneSince, clock.now(), PATIENCE_POLLS * pollMs)) return [];
        return eventsFor(outbox.told(now), now);
      });
      try {
        await outbox.append(events);
        if (events.length > 0) outgoing.now();
      } catch (error) {
        // What happened is still so the next time.
        log.error({ err: error }, "the outbox cannot be written");
      }
    }
    await waiter.wait(pollMs, clock, signal);
  }
}

/** Whether a payment is nowhere, but perhaps only for a moment. */
function isPassing(now: PaymentNow, goneSince: Map<string, number>, time: number, patience: number): boolean {
  const key = outpointKey(now);
  if (now.status !== "dropped") {
    goneSince.delete(key);
    return false;
  }
  const since = goneSince.get(key) ?? time;
  goneSince.set(key, since);
  return time - since < patience;
}
