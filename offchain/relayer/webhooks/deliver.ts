// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import { backoffMs } from "../../core/retry.ts";
import type { Wake } from "../wake.ts";
import type { Webhook } from "./config.ts";
import type { Delivery, KeptEvent, Outbox } from "./outbox.ts";
import type { SendParameters, Sent } from "./send.ts";

export interface DeliverParameters {
  readonly outbox: Outbox;
  readonly webhook: Webhook;
  /** `send`. */
  send(parameters: SendParameters): Promise<Sent>;
  /** Told of new events and replays. */
  readonly wake: Wake;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const AT_ONCE = 8;
const TIMEOUT_MS = 10_000;
const PAUSES = { minMs: 1_000, maxMs: 3_600_000 } as const;
/** An event is tried for so long. */
const GIVE_UP_MS = 3 * 86_400_000;
/** While an event has failed less often, later ones of the same payment wait for it. */
const ORDERED_FAILURES = 3;
const LONGEST_SLEEP_MS = 60_000;

interface Attempt {
  failures: number;
  running: boolean;
  after: number;
}

/**
 * Delivers to one webhook what the outbox has for it, until the signal ends it: at least once each, those of one payment in
 * their order unless one keeps failing, with growing pauses after failures.
 */
export async function deliver(parameters: DeliverParameters): Promise<void> {
  const { wake, clock, signal } = parameters;
  const waiter = wake.waiter();
  const attempts = new Map<number, Attempt>();
  while (!signal.aborted) {
    const due = findDue(parameters, attempts);
    for (const [event, delivery] of due.now) {
      const attempt = attempts.get(event.sequence) ?? { failures: 0, running: false, after: 0 };
      attempts.set(event.sequence, { ...attempt, running: true });
      void tryOnce(event, delivery, attempt, parameters)
        .then((next) => {
          if (next === undefined) attempts.delete(event.sequence);
          else attempts.set(event.sequence, next);
        })
        .finally(() => wake.now());
    }
    await waiter.wait(Math.max(0, Math.min(LONGEST_SLEEP_MS, due.next - clock.now())), clock, signal);
  }
}

/** What may be sent now, and when there is more. */
function findDue({ outbox, webhook, clock }: DeliverParameters, attempts: ReadonlyMap<number, Attempt>) {
  const now: [KeptEvent, Delivery][] = [];
  const held = new Set<string>();
  let next = Number.POSITIVE_INFINITY;
  let running = [...attempts.values()].filter((each) => each.running).length;
  for (const event of outbox.events()) {
    const delivery = event.deliveries.get(webhook.name);
    if (delivery?.state !== "pending") continue;
    const attempt = attempts.get(event.sequence);
    const isHeld = held.has(event.payment);
    if ((attempt?.failures ?? 0) < ORDERED_FAILURES) held.add(event.payment);
    if (isHeld || attempt?.running === true) continue;
    const after = attempt?.after ?? 0;
    if (after > clock.now()) next = Math.min(next, after);
    else if (running < AT_ONCE) {
      now.push([event, delivery]);
      running++;
    }
  }
  return { now, next };
}

/** @returns when to try again; undefined when there is nothing more to do */
async function tryOnce(
  event: KeptEvent,
  delivery: Delivery,
  { failures }: Attempt,
  { outbox, webhook, send, clock, log, signal }: DeliverParameters,
): Promise<Attempt | undefined> {
  const { url, mayBePrivate, secret, name } = webhook;
  const { sequence, id, type, body } = event;
  const sent = await send({ url, mayBePrivate, secret, id, body, clock, timeoutMs: TIMEOUT_MS, signal });
  if (signal.aborted) return undefined;
  const said = { webhook: name, id, type, said: sent.said };
  const end = (state: Delivery["state"]) => outbox.mark([[sequence, { ...delivery, state, last: sent.said }]]);
  try {
    if (sent.ok) {
      await end("delivered");
      return undefined;
    }
    if (clock.now() - delivery.since >= GIVE_UP_MS) {
      log.error(said, "webhook given up");
      await end("failed");
      return undefined;
    }
  } catch (error) {
    // It is sent once more then.
    log.error({ err: error }, "the outbox cannot be written");
  }
  log.warn({ ...said, failures: failures + 1 }, "webhook not delivered yet");
  return { failures: failures + 1, running: false, after: clock.now() + backoffMs(failures + 1, PAUSES) };
}
