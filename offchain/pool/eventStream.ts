// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Clock } from "../core/clock.ts";
import { changesSince, readProgress } from "../indexer/store.ts";
import type { Database } from "../indexer/tables.ts";
import type { LeaseAnswer, serverEventSchemas } from "./api.ts";
import type { Hub } from "./hub.ts";
import { blockOf, findHolderLeases, findSummaries } from "./leases.ts";
import type { PaymentWatch } from "./paymentWatch.ts";
import { ProblemError } from "./problem.ts";

export type EventName = keyof typeof serverEventSchemas;

/** What a client wants to be told of. */
export interface Interests {
  /** Lease ids in lower case. */
  readonly leases: readonly string[];
  /** As EIP-55 writes them. */
  readonly holders: readonly string[];
  readonly offers: boolean;
}

export interface EventStreamParameters {
  readonly db: Kysely<Database>;
  readonly hub: Hub;
  readonly paymentWatch: Pick<PaymentWatch, "watch">;
  readonly answer: (leaseId: string) => Promise<LeaseAnswer>;
  readonly clock: Clock;
  readonly interests: Interests;
  /** Of the last event that the client has got; undefined when it begins. */
  readonly lastEventId: string | undefined;
  /** Sends one event; resolves when the client can take another. */
  readonly send: (id: string, name: EventName, data: object) => Promise<void>;
  readonly signal: AbortSignal;
}

/** At most so often is looked at what has changed, milliseconds; what came in between is told at once. */
const GAP_MS = 250;
/** Blocks are told no more often than this. */
const BLOCK_GAP_MS = 1_000;
/** So long without a block, and the last one is told again: the client sees that the connection stands. */
const QUIET_MS = 20_000;
const FIRST_LEASES = 50;

interface State {
  readonly parameters: EventStreamParameters;
  /** Topics of what is to be told. */
  dirty: Set<string>;
  /** Topics of the appliances whose clocks the leases run on, by lease and by holder. */
  readonly appliances: Map<string, Set<string>>;
  id: string;
  /** Of the index that was told of. */
  epoch: string;
  blockToldAt: number;
}

/** Tells a client what holds now, and again whenever it changes, until the signal. */
export async function runEventStream(parameters: EventStreamParameters): Promise<void> {
  const { db, hub, paymentWatch, interests, clock, signal } = parameters;
  const state: State = {
    parameters,
    dirty: new Set(),
    appliances: new Map(),
    id: "",
    epoch: "",
    blockToldAt: Number.NEGATIVE_INFINITY,
  };
  let wake = () => {};
  const unsubscribe = hub.subscribe((topics) => {
    if (note(state, topics)) wake();
  });
  const unwatch = interests.leases.map((leaseId) => paymentWatch.watch(leaseId));
  try {
    await begin(state);
    while (!signal.aborted) {
      await clock.sleep(GAP_MS, signal);
      if (state.dirty.size === 0) {
        const rest = new AbortController();
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await Promise.race([woken, clock.sleep(QUIET_MS, AbortSignal.any([signal, rest.signal]))]).finally(() => {
          wake = () => {};
          rest.abort();
        });
      }
      const topics = state.dirty;
      state.dirty = new Set();
      const progress = hub.progress() ?? (await readProgress(db));
      if (progress.epoch !== state.epoch) await beginAnew(state, progress);
      else await tell(state, topics, progress);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    unsubscribe();
    for (const end of unwatch) end();
  }
}

/** Takes in what has changed, as far as the client is concerned. @returns whether there is something to tell */
function note(state: State, topics: ReadonlySet<string>): boolean {
  const { interests } = state.parameters;
  const wanted = (topic: string) =>
    (interests.offers && topic === "offers") ||
    interests.leases.some((lease) => topic === `lease:${lease}`) ||
    interests.holders.some((holder) => topic === `holder:${holder}`) ||
    [...state.appliances.values()].some((each) => each.has(topic));
  const holders = interests.holders.some((holder) => topics.has(`holder:${holder}`));
  for (const topic of topics) {
    // Which leases of the holder have changed is in the topics beside its own.
    if (wanted(topic) || (holders && topic.startsWith("lease:"))) state.dirty.add(topic);
  }
  state.dirty.add("block");
  return true;
}

/** What the client has missed, or all that it wants to know. */
async function begin(state: State): Promise<void> {
  const { db, lastEventId } = state.parameters;
  const progress = await readProgress(db);
  state.epoch = progress.epoch;
  if (lastEventId === undefined) return tellAll(state, progress);
  const missed = await changesSince(db, ...parseId(lastEventId));
  if (missed === undefined) return beginAnew(state, progress);
  await learnAppliances(state);
  note(state, missed.topics);
  const topics = state.dirty;
  state.dirty = new Set();
  await tell(state, topics, progress);
}

/** The index is another than the client knows: it was lost, or built again. */
async function beginAnew(state: State, progress: Told): Promise<void> {
  state.epoch = progress.epoch;
  state.id = idOf(progress);
  await state.parameters.send(state.id, "reset", {});
  await tellAll(state, progress);
}

async function tellAll(state: State, progress: Told): Promise<void> {
  const { db, interests, send } = state.parameters;
  await tell(state, new Set(["block", ...interests.leases.map((lease) => `lease:${lease}`)]), progress);
  for (const holder of interests.holders) {
    const { leases } = await findHolderLeases(holder, { db, limit: FIRST_LEASES });
    rememberAppliances(state, holder, leases);
    for (const lease of leases) await send(state.id, "holder", lease);
  }
}

type Told = Parameters<typeof blockOf>[0];

/** Sends what the topics are about, as it is now. */
async function tell(state: State, topics: ReadonlySet<string>, progress: Told): Promise<void> {
  const { interests, send, clock } = state.parameters;
  state.id = idOf(progress);
  // First, so that what follows is seen at its time; and again when nothing else has come for long.
  if (topics.size !== 1 || clock.now() - state.blockToldAt >= BLOCK_GAP_MS) {
    state.blockToldAt = clock.now();
    await send(state.id, "block", blockOf(progress));
  } else state.dirty.add("block");
  for (const lease of interests.leases) {
    if (concerns(state, topics, lease, `lease:${lease}`)) await tellLease(state, lease);
  }
  for (const holder of interests.holders) {
    if (concerns(state, topics, holder, `holder:${holder}`)) await tellHolder(state, holder, topics);
  }
  if (interests.offers && topics.has("offers")) await send(state.id, "offers", { block: blockOf(progress) });
}

function concerns(state: State, topics: ReadonlySet<string>, name: string, own: string): boolean {
  if (topics.has(own)) return true;
  return [...(state.appliances.get(name) ?? [])].some((appliance) => topics.has(appliance));
}

async function tellLease(state: State, leaseId: string): Promise<void> {
  const { answer, send } = state.parameters;
  try {
    const lease = await answer(leaseId);
    if ("appliance" in lease) rememberAppliances(state, leaseId, [lease]);
    await send(state.id, "lease", lease);
  } catch (error) {
    // It may come to be: whoever made it may be faster than the relayer.
    if (!(error instanceof ProblemError)) throw error;
  }
}

async function tellHolder(state: State, holder: string, topics: ReadonlySet<string>): Promise<void> {
  const { db, send } = state.parameters;
  const ids = [...topics].filter((topic) => topic.startsWith("lease:")).map((topic) => topic.slice("lease:".length));
  const appliances = [...(state.appliances.get(holder) ?? [])]
    .filter((topic) => topics.has(topic))
    .map((topic) => Number(topic.slice("appliance:".length)));
  if (ids.length + appliances.length === 0) return;
  const leases = await findSummaries(db, holder, { ids, appliances });
  rememberAppliances(state, holder, leases);
  for (const lease of leases) await send(state.id, "holder", lease);
}

/** After a resumption, whose clocks matter is not known from what was sent. */
async function learnAppliances(state: State): Promise<void> {
  const { db, interests, answer } = state.parameters;
  for (const holder of interests.holders) {
    rememberAppliances(state, holder, (await findHolderLeases(holder, { db, limit: FIRST_LEASES })).leases);
  }
  for (const leaseId of interests.leases) {
    const lease = await answer(leaseId).catch(() => undefined);
    if (lease !== undefined && "appliance" in lease) rememberAppliances(state, leaseId, [lease]);
  }
}

function rememberAppliances(
  state: State,
  name: string,
  leases: readonly { state: string; appliance: { id: number } }[],
): void {
  const topics = state.appliances.get(name) ?? new Set();
  for (const lease of leases) if (lease.state !== "closed") topics.add(`appliance:${lease.appliance.id}`);
  state.appliances.set(name, topics);
}

function idOf({ epoch, seq }: Pick<Told, "epoch" | "seq">): string {
  return `${epoch}-${seq}`;
}

function parseId(id: string): [epoch: string, seq: number] {
  const match = /^([0-9a-f]{1,32})-(\d{1,15})$/.exec(id);
  return match === null ? ["", 0] : [match[1] ?? "", Number(match[2])];
}
