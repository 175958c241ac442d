// SPDX-License-Identifier: Apache-2.0
import { type FileHandle, open, readFile } from "node:fs/promises";
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { writeFileAtomic } from "../../core/files.ts";
import { type Outpoint, outpointKey } from "../types.ts";
import { afterEvent, bodyOf, EVENT_TYPES, eventId, type PaymentEvent, type Told } from "./event.ts";

/** How the delivery of an event to a webhook stands. failed: given up. */
export type DeliveryState = "pending" | "delivered" | "failed";

export interface Delivery {
  readonly webhook: string;
  readonly state: DeliveryState;
  /** Since it was made or replayed, milliseconds since the epoch. */
  readonly since: number;
  /** How the last attempt went: an HTTP status, or why there was none. */
  readonly last: string | undefined;
}

/** An event on disk. */
export interface KeptEvent {
  /** 1 for the first, and so on: the cursor. */
  readonly sequence: number;
  readonly id: string;
  readonly type: PaymentEvent["type"];
  /** `outpointKey` of its payment. */
  readonly payment: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What is sent. */
  readonly body: string;
  /** By the webhook's name. */
  readonly deliveries: ReadonlyMap<string, Delivery>;
}

export interface OpenOutboxParameters {
  readonly file: string;
  /** Which events a webhook gets; new ones get what is told from now on. */
  readonly webhooks: readonly { readonly name: string; readonly events?: readonly string[] | undefined }[];
  readonly clock: Clock;
}

/** Events with their deliveries: on disk when a call resolves, in the order of the calls. */
export interface Outbox {
  /** What was told of a payment. */
  told(payment: Outpoint): Told | undefined;
  append(events: readonly PaymentEvent[]): Promise<void>;
  /** Kept events in their order. */
  events(): Iterable<KeptEvent>;
  get(sequence: number): KeptEvent | undefined;
  /** Records how deliveries of events stand. */
  mark(deliveries: readonly (readonly [sequence: number, delivery: Delivery])[]): Promise<void>;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;
/** What is delivered or given up is kept for so long, to be listed and replayed. */
const KEPT_MS = 7 * DAY_MS;
/** What was told of a payment is remembered for so long: longer than any payment is looked at. */
const TOLD_MS = 400 * DAY_MS;
/** Lines appended before the file is written anew without what is old. */
const COMPACT_AFTER = 20_000;

const toldSchema = z.object({
  lastType: z.enum(EVENT_TYPES),
  blockHash: z
    .string()
    .nullish()
    .transform((hash) => hash ?? undefined),
  confirmations: z.number().int(),
  credited: z.boolean(),
  replacedBy: z
    .string()
    .nullish()
    .transform((hash) => hash ?? undefined),
});
const line = z.discriminatedUnion("kind", [
  /** An event, and what is told of its payment thereby. */
  z.object({
    kind: z.literal("event"),
    sequence: z.number().int().positive(),
    id: z.string(),
    type: z.enum(EVENT_TYPES),
    payment: z.string(),
    at: z.number(),
    body: z.string(),
    told: toldSchema,
    count: z.number().int().positive(),
    webhooks: z.array(z.string()),
  }),
  z.object({
    kind: z.literal("delivery"),
    sequence: z.number().int().positive(),
    webhook: z.string(),
    state: z.enum(["pending", "delivered", "failed"]),
    since: z.number(),
    last: z
      .string()
      .nullish()
      .transform((said) => said ?? undefined),
  }),
  /** What was told of a payment whose events are kept no longer. */
  z.object({ kind: z.literal("told"), payment: z.string(), at: z.number(), told: toldSchema, count: z.number().int() }),
  /** The last number that was used. */
  z.object({ kind: z.literal("sequence"), sequence: z.number().int() }),
]);
type Line = z.output<typeof line>;

interface State {
  sequence: number;
  readonly events: Map<number, KeptEvent & { deliveries: Map<string, Delivery> }>;
  readonly payments: Map<string, { told: Told; count: number; at: number }>;
}

/**
 * Opens the outbox in a file of JSON lines, to which is only appended; a line that a crash has cut short is dropped.
 * @throws Error when another line than the last is not what was written: events are not passed over in silence
 */
export async function openOutbox({ file, webhooks, clock }: OpenOutboxParameters): Promise<Outbox> {
  const state: State = { sequence: 0, events: new Map(), payments: new Map() };
  for (const each of await readLines(file)) apply(state, each);
  let handle = await compact(file, state, clock.now());
  let appended = 0;
  let last: Promise<void> = Promise.resolve();
  const write = (lines: readonly Line[]) => {
    const next = last.then(async () => {
      if (appended >= COMPACT_AFTER) {
        await handle.close();
        handle = await compact(file, state, clock.now());
        appended = 0;
      }
      await handle.appendFile(lines.map((each) => `${JSON.stringify(each)}\n`).join(""));
      await handle.datasync();
      appended += lines.length;
      for (const each of lines) apply(state, each);
    });
    last = next.catch(() => undefined);
    return next;
  };
  return {
    told: (payment) => state.payments.get(outpointKey(payment))?.told,
    async append(events) {
      if (events.length === 0) return;
      const known = new Map<string, { told: Told; count: number }>();
      let { sequence } = state;
      const lines = events.map((event): Line => {
        const payment = outpointKey(event);
        const before = known.get(payment) ?? state.payments.get(payment);
        const count = (before?.count ?? 0) + 1;
        const told = afterEvent(before?.told, event);
        known.set(payment, { told, count });
        const [id, at] = [eventId(event, count), clock.now()];
        const to = webhooks.filter((each) => each.events === undefined || each.events.includes(event.type));
        const names = to.map(({ name }) => name);
        const { type } = event;
        const body = bodyOf(event, id, at);
        return { kind: "event", sequence: ++sequence, id, type, payment, at, body, told, count, webhooks: names };
      });
      await write(lines);
    },
    events: () => state.events.values(),
    get: (sequence) => state.events.get(sequence),
    mark: (deliveries) =>
      write(deliveries.map(([sequence, delivery]) => ({ kind: "delivery", sequence, ...delivery }))),
    async close() {
      await last;
      await handle.close();
    },
  };
}

function apply(state: State, each: Line): void {
  switch (each.kind) {
    case "sequence":
      state.sequence = Math.max(state.sequence, each.sequence);
      break;
    case "told":
      state.payments.set(each.payment, { told: each.told, count: each.count, at: each.at });
      break;
    case "event": {
      const { sequence, id, type, payment, at, body, told, count } = each;
      const pending = (webhook: string): Delivery => ({ webhook, state: "pending", since: at, last: undefined });
      const deliveries = new Map(each.webhooks.map((webhook) => [webhook, pending(webhook)]));
      state.events.set(sequence, { sequence, id, type, payment, at, body, deliveries });
      state.payments.set(payment, { told, count, at });
      state.sequence = Math.max(state.sequence, sequence);
      break;
    }
    case "delivery": {
      const { sequence, webhook, state: how, since, last } = each;
      state.events.get(sequence)?.deliveries.set(webhook, { webhook, state: how, since, last });
    }
  }
}

async function readLines(file: string): Promise<Line[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const rows = text.split("\n");
  // Nothing follows the last line's end, unless it was cut short.
  return rows.slice(0, -1).map((row, i) => {
    try {
      return line.parse(JSON.parse(row));
    } catch (cause) {
      throw new Error(`${file} cannot be used: line ${i + 1} is not what was written`, { cause });
    }
  });
}

/** Forgets what is old, writes the rest anew, and opens the file to append to it. */
async function compact(file: string, state: State, now: number): Promise<FileHandle> {
  for (const [sequence, event] of state.events) {
    const isOpen = [...event.deliveries.values()].some((each) => each.state === "pending");
    if (!isOpen && event.at < now - KEPT_MS) state.events.delete(sequence);
  }
  for (const [payment, { at }] of state.payments) if (at < now - TOLD_MS) state.payments.delete(payment);
  const lines: unknown[] = [{ kind: "sequence", sequence: state.sequence }];
  for (const event of state.events.values()) {
    // Their payment's latest state comes below.
    const known = state.payments.get(event.payment);
    if (known === undefined) continue;
    const webhooks = [...event.deliveries.keys()];
    const { told, count } = known;
    lines.push({ kind: "event", ...event, deliveries: undefined, told, count, webhooks });
    for (const delivery of event.deliveries.values()) {
      lines.push({ kind: "delivery", sequence: event.sequence, ...delivery });
    }
  }
  for (const [payment, known] of state.payments) lines.push({ kind: "told", payment, ...known });
  await writeFileAtomic(file, lines.map((each) => `${JSON.stringify(each)}\n`).join(""));
  return await open(file, "a", 0o600);
}
