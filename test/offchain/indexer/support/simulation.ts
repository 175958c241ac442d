// SPDX-License-Identifier: Apache-2.0
import { type Hex, stringToHex } from "viem";
import {
  applianceEvents,
  askPlaced,
  beat,
  closed,
  launchRequested,
  marketEvents,
  paidEvents,
  poolEvents,
  startAwaited,
  started,
  takenEvents,
  word,
} from "./market.ts";
import type { Emitted, ScriptedChain } from "./scriptedChain.ts";

interface SimulatedLease {
  state: "unfunded" | "pending" | "active" | "closed";
  order: number;
  appliance: number;
  deposit: bigint;
}

interface State {
  orders: Record<number, { appliance: number; quantity: number }>;
  leases: Record<Hex, SimulatedLease>;
  count: number;
}

/** A market in which things happen at random, each possible after what has happened before, also on another branch. */
export interface Simulation {
  /** Mines a block with up to so many happenings. */
  step(happenings: number): void;
  /** Forgets the last blocks and mines as many others and one more. */
  reorg(blocks: number): void;
}

const APPLIANCES = 2;

/** @param random gives numbers in [0, 1) */
export function simulation(chain: ScriptedChain, random: () => number): Simulation {
  const first = [poolEvents(), marketEvents(), ...[1, 2].map((id) => applianceEvents(id))].flat();
  chain.mine(first);
  const base = chain.height;
  let state: State = { orders: {}, leases: {}, count: 0 };
  const snapshots: State[] = [structuredClone(state)];
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const step = (happenings: number) => {
    const events: Emitted[] = [];
    for (let i = 0; i < happenings; i++) events.push(...happen(state, pick, chain.time + 2));
    chain.mine(events);
    snapshots.push(structuredClone(state));
  };
  return {
    step,
    reorg(blocks) {
      const most = Math.min(blocks, chain.height - chain.finalized, chain.height - base);
      chain.drop(most);
      snapshots.splice(snapshots.length - most, most);
      state = structuredClone(snapshots.at(-1) ?? state);
      for (let i = 0; i <= most; i++) step(i % 3);
    },
  };
}

type Pick = <T>(list: readonly T[]) => T | undefined;

function happen(state: State, pick: Pick, time: number): Emitted[] {
  const kind = pick(["ask", "take", "take", "lease", "lease", "lease", "lease", "beat", "card", "reduce"]);
  const orders = Object.entries(state.orders).filter(([, { quantity }]) => quantity > 1);
  const [order, ask] = pick(orders) ?? [];
  if (kind === "beat") return [beat(pick([1, 2]) ?? 1, time % 100_000)];
  if (kind === "card") {
    const card = stringToHex(JSON.stringify({ images: [{ name: `image-${time}` }] }));
    return [{ contract: "Providers", eventName: "CardPublished", args: { appliance: pick([1, 2]) ?? 1, card } }];
  }
  if (kind === "lease") return happenToLease(state, pick, time);
  if (kind === "ask" || order === undefined || ask === undefined) return placeAsk(state, pick, time);
  ask.quantity--;
  if (kind === "reduce") {
    return [
      { contract: "Exchange", eventName: "OrderReduced", args: { order: BigInt(order), quantity: ask.quantity } },
    ];
  }
  const leaseId = word(10_000 + state.count++);
  state.leases[leaseId] = { state: "unfunded", order: Number(order), appliance: ask.appliance, deposit: 0n };
  const { appliance, quantity } = ask;
  return takenEvents({ leaseId, order: Number(order), appliance, payBy: time + 3_600, quantity });
}

function placeAsk(state: State, pick: Pick, time: number): Emitted[] {
  const order = ++state.count;
  const appliance = pick(Array.from({ length: APPLIANCES }, (_, i) => i + 1)) ?? 1;
  state.orders[order] = { appliance, quantity: 5 };
  return [...askPlaced({ order, appliance, quantity: 5, expiry: time + 86_400 })];
}

function happenToLease(state: State, pick: Pick, time: number): Emitted[] {
  const [id, lease] = pick(Object.entries(state.leases)) ?? [];
  if (id === undefined || lease === undefined) return [];
  const leaseId = id as Hex;
  switch (lease.state) {
    case "unfunded": {
      lease.state = "pending";
      lease.deposit += 2_000_000n;
      const { deposit, order } = lease;
      return paidEvents(leaseId, { msat: 2_000_000n, deposit, startBy: time + 1_800, order });
    }
    case "pending": {
      if (pick([true, false]) === true) {
        lease.state = "unfunded";
        lease.deposit = 0n;
        const args = { leaseId, amount: 2_000_000n, taken: 2_000_000n, deposit: 0n };
        return [
          { contract: "Leases", eventName: "Uncredited", args },
          { contract: "Leases", eventName: "UnfundedAgain", args: { leaseId, payBy: BigInt(time + 3_600) } },
        ];
      }
      lease.state = "active";
      return [started(leaseId, time % 100_000)];
    }
    case "active": {
      const kind = pick(["pay", "pay", "relaunch", "notice", "close"]);
      if (kind === "pay") {
        lease.deposit += 1_000n;
        return paidEvents(leaseId, { msat: 1_000n, deposit: lease.deposit });
      }
      if (kind === "relaunch") {
        return [launchRequested(leaseId), startAwaited(leaseId, time), started(leaseId, time % 100_000)];
      }
      if (kind === "notice") {
        const endsAt = BigInt(time % 100_000);
        return [{ contract: "Leases", eventName: "NoticeGiven", args: { leaseId, endsAt } }];
      }
      lease.state = "closed";
      return [closed(leaseId, 2, lease.deposit, 0n)];
    }
    case "closed": {
      const left = BigInt(time);
      return [{ contract: "Leases", eventName: "CollateralReleased", args: { leaseId, amount: 1n, left } }];
    }
  }
}
