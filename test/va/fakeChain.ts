// SPDX-License-Identifier: Apache-2.0
import { type Hex, keccak256, numberToHex, toHex } from "viem";
import { TransactionError } from "../../offchain/chain/transactionError.ts";
import type {
  ApplianceChain,
  AskView,
  AttestationView,
  EvictionsView,
  MarketView,
  StartTerms,
  Transaction,
} from "../../va/chain/applianceChain.ts";
import { createLeaseFeed, type LeaseFeed } from "../../va/leaseFeed.ts";
import type { LeaseEvent } from "../../va/leaseIndex.ts";
import type { Block, CloseReason, LeaseState, LeaseView } from "../../va/types.ts";

export const APPLIANCE = 7;
export const MARKET = 3;
const START_WINDOW = 1_800n;
export const GRACE = 3_600n;

interface FakeLease {
  state: LeaseState;
  reason: CloseReason;
  time: bigint;
  startBy: bigint;
  appliance: number;
  /** Seconds of the current period that are paid. */
  paid: bigint;
  /** Under notice: without grace. */
  notice: boolean;
}

/** The contracts as far as the appliance sees them, in memory; a block is safe `lag` blocks later and final one block after that. */
export interface FakeChain extends ApplianceChain {
  readonly feed: LeaseFeed;
  readonly sent: Transaction[];
  /** Mines a block so many seconds after the last one, and tells the feed. */
  mine(seconds?: number): void;
  /** Takes the last blocks away, none of them final, and mines one more than that without what was in them. */
  reorg(depth: 1 | 2): void;
  /** Without a spec it reserves capacity. */
  open(leaseId: Hex, sealedSpec: Hex | undefined, appliance?: number): void;
  fund(leaseId: Hex): void;
  launch(leaseId: Hex, sealedSpec: Hex): void;
  giveNotice(leaseId: Hex): void;
  /** The holder asks for the console. */
  requestConsole(leaseId: Hex): void;
  topUp(leaseId: Hex, seconds: bigint): void;
  end(leaseId: Hex, reason: CloseReason): void;
  /** What the next transactions meet, one each. */
  failSend(...errors: { error: TransactionError; when: "before" | "after" }[]): void;
  /** Blocks that the safe one is below the latest; the final one is one more. */
  lag: number;
  /** Lets an endpoint say of a lease what is not so. */
  lie: ((view: LeaseView) => LeaseView) | undefined;
  /** Lets one endpoint know of no launch. */
  denyLaunch: boolean;
  asksOnBook: AskView[];
  room: {
    market: MarketView;
    freeStake: bigint;
    collateral: bigint;
    startPrice: bigint;
    startTerms: StartTerms;
    evictions: EvictionsView;
    /** By the quote's address; undefined when the provider has set none. */
    floors: ReadonlyMap<string, bigint> | undefined;
    attestation: AttestationView;
    lastBeat: bigint;
  };
}

interface Snapshot {
  readonly block: Block;
  readonly leases: ReadonlyMap<Hex, FakeLease>;
  readonly events: readonly LeaseEvent[];
}

/** A chain at its first block, on which the appliance's clock runs as fast as the blocks' time. */
export function fakeChain(): FakeChain {
  let leases = new Map<Hex, FakeLease>();
  let events: LeaseEvent[] = [];
  let salt = 0;
  const reserved = new Set<Hex>();
  const blocks: Snapshot[] = [];
  const failures: { error: TransactionError; when: "before" | "after" }[] = [];
  const feed = createLeaseFeed(undefined);
  const last = () => blocks.at(-1)?.block;
  const now = () => last()?.timestamp ?? 0n;
  const number = () => BigInt(blocks.length);
  const push = (seconds: number) => {
    const hash = keccak256(toHex(++salt));
    const block = { number: number(), hash, timestamp: (last()?.timestamp ?? 1_000_000n) + BigInt(seconds) };
    blocks.push({ block, events, leases: new Map([...leases].map(([id, lease]) => [id, { ...lease }])) });
    feed.apply({ type: "block", block, events });
    events = [];
  };
  const settle = () => {
    const at = (lag: number) => blocks[Math.max(0, blocks.length - 1 - lag)]?.block;
    const [safe, finalized] = [at(chain.lag), at(chain.lag + 1)];
    if (safe !== undefined) feed.apply({ type: "safe", block: safe });
    if (finalized !== undefined) feed.apply({ type: "finalize", block: finalized });
  };
  const known = (leaseId: Hex): FakeLease => {
    const lease = leases.get(leaseId);
    if (lease === undefined) throw reverted("Leases_UnknownLease");
    return lease;
  };
  const close = (leaseId: Hex, reason: CloseReason) => {
    Object.assign(known(leaseId), { state: "closed", reason, time: now(), startBy: 0n });
    events.push({ kind: "other", leaseId });
  };
  const need = (leaseId: Hex, ...states: LeaseState[]) => {
    const lease = known(leaseId);
    if (!states.includes(lease.state)) throw reverted("Leases_WrongState");
    return lease;
  };
  const requireInWindow = ({ startBy }: FakeLease) => {
    if (startBy === 0n) throw reverted("Leases_NoStartAwaited");
    if (now() > startBy) throw reverted("Leases_StartWindowPassed");
  };
  const endOf = ({ state, startBy, notice }: FakeLease): CloseReason => {
    if (state === "unfunded") return "unpaid";
    if (startBy !== 0n && now() > startBy) return "notStarted";
    return notice ? "ended" : "exhausted";
  };
  const apply = (transaction: Transaction) => {
    switch (transaction.kind) {
      case "start": {
        const lease = need(transaction.leaseId, "pending", "reserved", "active");
        requireInWindow(lease);
        Object.assign(lease, { startBy: 0n, ...(lease.state === "pending" ? { time: now() } : {}), state: "active" });
        return events.push({ kind: "announced", leaseId: transaction.leaseId });
      }
      case "postAccess":
        need(transaction.leaseId, "active");
        return events.push({ kind: "announced", leaseId: transaction.leaseId });
      case "decline":
        if (known(transaction.leaseId).state !== "unfunded") requireInWindow(known(transaction.leaseId));
        return close(transaction.leaseId, "declined");
      case "evict": {
        const { startBy, time, paid } = need(transaction.leaseId, "reserved", "active");
        if (startBy !== 0n || now() >= time + paid) throw reverted("Leases_NotEvictable");
        if (chain.room.evictions.left === 0n) throw reverted("Providers_TooManyEvictions");
        chain.room.evictions = { ...chain.room.evictions, left: chain.room.evictions.left - 1n };
        return close(transaction.leaseId, "evicted");
      }
      case "close":
        return close(transaction.leaseId, endOf(known(transaction.leaseId)));
      case "beat":
        chain.room.lastBeat = now();
        return undefined;
      default:
        return undefined;
    }
  };
  const view = (leaseId: Hex, at: Block): LeaseView => {
    const lease = blocks[Number(at.number)]?.leases.get(leaseId);
    return lease === undefined ? noLease(leaseId, at) : toView(leaseId, lease, at);
  };
  const chain: FakeChain = {
    feed,
    sent: [],
    lag: 1,
    lie: undefined,
    denyLaunch: false,
    asksOnBook: [],
    room: {
      market: { class: numberToHex(1, { size: 32 }), computeUnits: 1000, market: MARKET, decade: 0, startPenalty: 10n },
      freeStake: 10n ** 30n,
      collateral: 1n,
      startPrice: 0n,
      evictions: { perDay: 4n, left: 4n },
      floors: undefined,
      startTerms: { price: 0n, purse: 0n, balance: 0n, fee: 0n },
      attestation: { expiresAt: 0n, barredUntil: 0n, componentsHash: numberToHex(0, { size: 32 }) },
      lastBeat: 1_000_000n,
    },
    mine(seconds = 2) {
      push(seconds);
      settle();
    },
    reorg(depth) {
      blocks.splice(-depth);
      const before = blocks.at(-1);
      if (before === undefined) throw new Error("too few blocks");
      leases = new Map([...before.leases].map(([id, lease]) => [id, { ...lease }]));
      // What was to be in the next block is lost with what it did to the leases.
      events = [];
      feed.apply({ type: "reorg", commonAncestor: before.block });
      for (let i = 0; i <= depth; i++) push(2);
      settle();
    },
    open(leaseId, sealedSpec, appliance = APPLIANCE) {
      const time = now() + 3_600n;
      const unfunded = { state: "unfunded", reason: "none", startBy: 0n, notice: false } as const;
      leases.set(leaseId, { ...unfunded, time, appliance, paid: 3_600n });
      const block = number();
      if (appliance === APPLIANCE) events.push({ kind: "opened", leaseId, block, market: MARKET });
      if (sealedSpec === undefined) reserved.add(leaseId);
      else events.push({ kind: "launch", leaseId, block, sealedSpec });
    },
    fund(leaseId) {
      const funded = reserved.has(leaseId)
        ? ({ state: "reserved", time: now() } as const)
        : ({ state: "pending", time: 0n, startBy: now() + START_WINDOW } as const);
      Object.assign(known(leaseId), funded);
      events.push({ kind: "other", leaseId });
    },
    launch(leaseId, sealedSpec) {
      const lease = known(leaseId);
      lease.startBy = now() + START_WINDOW;
      const block = number();
      events.push({ kind: "launch", leaseId, block, sealedSpec });
    },
    requestConsole: (leaseId) => void events.push({ kind: "consoleRequested", leaseId, block: number() }),
    giveNotice(leaseId) {
      known(leaseId).notice = true;
      events.push({ kind: "other", leaseId });
    },
    topUp(leaseId, seconds) {
      const lease = known(leaseId);
      const exhausted = now() >= lease.time + lease.paid;
      Object.assign(lease, exhausted ? { time: now(), paid: seconds } : { paid: lease.paid + seconds });
      events.push({ kind: "other", leaseId });
    },
    end: close,
    failSend: (...more) => void failures.push(...more),
    lease: async (leaseId, at) => view(leaseId, at),
    finalizedLease: async (leaseId) => {
      const heads = feed.heads();
      if (heads === undefined) throw new Error("no final block yet");
      const truth = view(leaseId, heads.finalized);
      return [truth, chain.lie?.(truth) ?? truth];
    },
    finalizedLaunch: async (leaseId, launch) => {
      const heads = feed.heads();
      if (heads === undefined) throw new Error("no final block yet");
      const there = (events: readonly LeaseEvent[]) =>
        events.some((e) => e.kind === "launch" && e.leaseId === leaseId && e.sealedSpec === launch.sealedSpec);
      const isThere = launch.block <= heads.finalized.number && there(blocks[Number(launch.block)]?.events ?? []);
      return [true, !chain.denyLaunch].map((says) => ({ block: heads.finalized, there: says && isThere }));
    },
    appliance: async () => ({
      provider: `0x${"11".repeat(20)}`,
      hotKey: `0x${"22".repeat(20)}`,
      pool: 1,
      lastBeat: chain.room.lastBeat,
      hasFloors: chain.room.floors !== undefined,
      sealKey: numberToHex(1, { size: 32 }),
    }),
    asks: async (orders) => chain.asksOnBook.filter(({ order }) => orders.includes(order)),
    market: async () => chain.room.market,
    freeStake: async () => chain.room.freeStake,
    collateralPerMsat: async () => chain.room.collateral,
    attestation: async () => chain.room.attestation,
    evictions: async () => chain.room.evictions,
    priceFloor: async (quote) => chain.room.floors?.get(quote) ?? 0n,
    startTerms: async () => chain.room.startTerms,
    startPrice: async (units) => BigInt(units) * chain.room.startPrice,
    async send(transaction) {
      const failure = failures.shift();
      if (failure?.when === "before") throw failure.error;
      apply(transaction);
      chain.sent.push(transaction);
      if (failure?.when === "after") throw failure.error;
      const mined = number();
      chain.mine();
      return mined;
    },
  };
  for (let i = 0; i < 3; i++) chain.mine();
  return chain;
}

function reverted(errorName: string): TransactionError {
  const revert = { errorName, args: [], data: "0x" as const };
  return new TransactionError({ code: "REVERTED", message: errorName, revert });
}

function noLease(leaseId: Hex, block: Block): LeaseView {
  const zero = { appliance: 0, market: 0, time: 0n, startBy: 0n, clock: 0n, exhaustedAt: 0n, overAt: 0n };
  return { leaseId, block, state: "none", recorded: false, reason: "none", ...zero, ...MONEY };
}

/** A bitcoin lease without collateral. */
const MONEY = { price: 1n, confirmations: 1, releasable: 0n, unsettled: 0n, owed: 0n, refunding: 0n };

function toView(leaseId: Hex, lease: FakeLease, block: Block): LeaseView {
  const { state, reason, time, startBy, appliance, paid, notice } = lease;
  const active = state === "active" || state === "reserved";
  const exhaustedAt = active ? time + paid : 0n;
  const overAt = active ? exhaustedAt + (notice ? 0n : GRACE) : 0n;
  const over = active && block.timestamp >= overAt;
  return {
    leaseId,
    block,
    state: over ? "closed" : state,
    recorded: state === "closed",
    reason: over ? (notice ? "ended" : "exhausted") : reason,
    appliance,
    market: MARKET,
    time,
    clock: block.timestamp,
    startBy,
    exhaustedAt,
    overAt,
    ...MONEY,
  };
}
