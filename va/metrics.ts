// SPDX-License-Identifier: Apache-2.0
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Clock } from "../offchain/core/clock.ts";
import type { AttestationKeeper } from "./attest/keeper.ts";
import type { ApplianceChain } from "./chain/applianceChain.ts";
import type { LeaseFeed } from "./leaseFeed.ts";
import { type Compute, ComputeError } from "./openstack/compute.ts";
import type { Reconciler } from "./reconciler.ts";
import { LEASE_STATES } from "./types.ts";

/** What the appliance counts, for Prometheus. */
export interface ApplianceMetrics {
  readonly registry: Registry;
  /** The same cloud, with its calls counted and timed. */
  measureCompute(compute: Compute): Compute;
  /** The same chain, with its transactions counted. */
  measureChain(chain: ApplianceChain): ApplianceChain;
  /** The same reconciler, with its looks counted and timed. */
  measureReconciler(reconciler: Reconciler): Reconciler;
  /** Shows what the chain's follower has come to. */
  watch(feed: Pick<LeaseFeed, "heads" | "index">): void;
  /** Shows what the last look at the attestation found. */
  watchAttestation(keeper: Pick<AttestationKeeper, "last">): void;
}

// A create with its image's first copy takes tens of seconds on a real cloud.
const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30];

/** All of an appliance's metrics in a registry of their own. */
export function createMetrics(clock: Clock): ApplianceMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const calls = new Histogram({
    name: "xov_va_cloud_call_duration_seconds",
    help: "Calls of the cloud, by the port's method; outcome is ok or the error's code.",
    labelNames: ["call", "outcome"],
    buckets: SECONDS,
    registers,
  });
  const looks = new Histogram({
    name: "xov_va_reconcile_duration_seconds",
    help: "Looks at a lease with what they led to; outcome is ok or failed.",
    labelNames: ["outcome"],
    buckets: SECONDS,
    registers,
  });
  const since = (begun: number) => (clock.now() - begun) / 1_000;
  return {
    registry,
    measureCompute: (compute) =>
      measured(compute, async (call, run) => {
        const begun = clock.now();
        let outcome = "ok";
        try {
          return await run();
        } catch (error) {
          outcome = error instanceof ComputeError ? error.code : "ABORTED";
          throw error;
        } finally {
          calls.observe({ call, outcome }, since(begun));
        }
      }),
    measureChain: countTransactions(registry),
    measureReconciler(reconciler) {
      gaugeLeases(registry, reconciler);
      gaugeUnserved(registry, reconciler);
      return {
        ...reconciler,
        async reconcile(leaseId, signal) {
          const begun = clock.now();
          let outcome = "failed";
          try {
            const next = await reconciler.reconcile(leaseId, signal);
            outcome = "ok";
            return next;
          } finally {
            looks.observe({ outcome }, since(begun));
          }
        },
      };
    },
    watch: (feed) => gaugeChain(registry, feed),
    watchAttestation: (keeper) => gaugeAttestation(registry, keeper),
  };
}

function countTransactions(registry: Registry): (chain: ApplianceChain) => ApplianceChain {
  const registers = [registry];
  const transactions = new Counter({
    name: "xov_va_transactions_total",
    help: "Transactions sent to the chain, by kind; outcome is mined or failed.",
    labelNames: ["kind", "outcome"],
    registers,
  });
  const evictions = new Counter({
    name: "xov_va_evictions_total",
    help: "Leases that were ended since their servers were lost; the log names them and the reasons.",
    registers,
  });
  return (chain) => ({
    ...chain,
    async send(transaction) {
      const { kind } = transaction;
      try {
        const block = await chain.send(transaction);
        transactions.inc({ kind, outcome: "mined" });
        if (kind === "evict") evictions.inc();
        return block;
      } catch (error) {
        transactions.inc({ kind, outcome: "failed" });
        throw error;
      }
    },
  });
}

/** The same object, whose asynchronous methods run through `around`. */
function measured<T extends object>(
  port: T,
  around: (name: string, run: () => Promise<unknown>) => Promise<unknown>,
): T {
  return new Proxy(port, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== "function" || typeof name !== "string") return method;
      return (...args: unknown[]) => around(name, () => Reflect.apply(method, target, args));
    },
  });
}

function gaugeLeases(registry: Registry, reconciler: Pick<Reconciler, "holdings">): void {
  new Gauge({
    name: "xov_va_leases",
    help: "Leases that are not done, by their state at the last look.",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      const holdings = [...reconciler.holdings().values()];
      for (const state of LEASE_STATES) this.set({ state }, holdings.filter((each) => each.state === state).length);
    },
  });
  new Gauge({
    name: "xov_va_leases_with_server",
    help: "Leases that are not done and had a server at the last look.",
    registers: [registry],
    collect() {
      this.set([...reconciler.holdings().values()].filter(({ servers }) => servers !== "").length);
    },
  });
}

function gaugeUnserved(registry: Registry, reconciler: Pick<Reconciler, "unserved">): void {
  new Gauge({
    name: "xov_va_unserved_leases",
    help: "Leases that are paid for and whose server did not run at the last look.",
    registers: [registry],
    collect() {
      this.set(reconciler.unserved().length);
    },
  });
  new Gauge({
    name: "xov_va_longest_unserved_seconds",
    help: "For how long the one of them that waits longest was seen so; it is evicted after EVICT_AFTER_S.",
    registers: [registry],
    collect() {
      this.set(Math.max(0, ...reconciler.unserved()) / 1_000);
    },
  });
}

function gaugeChain(registry: Registry, feed: Pick<LeaseFeed, "heads" | "index">): void {
  new Gauge({
    name: "xov_va_block_timestamp_seconds",
    help: "Unix time of the newest block that the follower has told of, by tag.",
    labelNames: ["tag"],
    registers: [registry],
    collect() {
      const heads = feed.heads();
      if (heads === undefined) return;
      for (const tag of ["latest", "safe", "finalized"] as const) this.set({ tag }, Number(heads[tag].timestamp));
    },
  });
  new Gauge({
    name: "xov_va_asks",
    help: "Asks of the appliance that the events tell of.",
    registers: [registry],
    collect() {
      this.set(feed.index().orders.size);
    },
  });
}

function gaugeAttestation(registry: Registry, keeper: Pick<AttestationKeeper, "last">): void {
  new Gauge({
    name: "xov_va_attestation_expiry_timestamp_seconds",
    help: "Unix time at which the stack's attestation expires, and asks with it; 0 when there is none.",
    registers: [registry],
    collect() {
      const last = keeper.last();
      if (last !== undefined) this.set(Number(last.expiresAt));
    },
  });
  new Gauge({
    name: "xov_va_attestation_problems",
    help: "Reasons why the stack may not be attested; the log names them.",
    registers: [registry],
    collect() {
      const last = keeper.last();
      if (last !== undefined) this.set(last.problems.length);
    },
  });
}
