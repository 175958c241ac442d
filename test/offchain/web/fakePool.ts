// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { type Hex, hexToBytes, verifyTypedData } from "viem";
import { leaseAddress } from "../../../offchain/bitcoin/leaseAddress.ts";
import { sealAccessDetails } from "../../../offchain/lease/accessDetails.ts";
import { openLaunchSpec } from "../../../offchain/lease/launchSpec.ts";
import { leaseIdOf, leasesDomain } from "../../../offchain/lease/terms.ts";
import type {
  ActionBody,
  LeaseAnswer,
  LeaseSummary,
  Network,
  Offer,
  Payment,
  TakeBody,
  TimelineEntry,
} from "../../../offchain/pool/api.ts";
import type { BlockInfo } from "../../../offchain/pool/basics.ts";
import { type FakeLease, viewOf } from "./fakeLease.ts";
import { type FakeAppliance, fakeAppliance, fakeOffers } from "./fakeOffers.ts";

const START = 1_780_000_000;
const LEASES = "0x5fbdb2315678afecb367f032d93f642f64180aa3";

/** `stopBySig` of ILeases.sol. */
const STOP = {
  Stop: [
    { name: "leaseId", type: "bytes32" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

/** What happened, for whoever listens. */
export type FakeEvent =
  | { readonly kind: "block" }
  | { readonly kind: "offers" }
  | { readonly kind: "lease"; readonly leaseId: string };

/** A pool, a chain and providers that do what a test says, and nothing by themselves. */
export interface FakePool {
  readonly network: Network;
  readonly offers: Offer[];
  readonly leases: Map<string, FakeLease>;
  /** What holders have signed, checked as the contracts do, newest last. */
  readonly actions: ActionBody[];
  /** Makes actions fail with this answer. */
  refuseActions: { status: number; code: string; title: string; detail: string } | undefined;
  /** Makes takes fail with this answer. */
  refuseTakes: { status: number; code: string; title: string; detail: string } | undefined;
  /** Compute units that every account may use at once, and of these free; undefined: the chain does not answer. */
  limit: { readonly units: number; readonly free: number; readonly exhausted?: boolean } | undefined;
  block(): BlockInfo;
  view(leaseId: string): LeaseAnswer | undefined;
  /** Accepts a take into the queue, as the relayer does. */
  take(body: TakeBody): Hex;
  nonceOf(holder: string): bigint;
  /** Takes a stop on, as the relayer does. @throws Error when the contracts would not take the signature */
  act(body: ActionBody): Promise<void>;
  /** Something about a lease is otherwise. */
  change(leaseId: string, change: Partial<FakeLease>): void;
  /** Time passes on the chain; the appliance proves life unless it is down. */
  mine(seconds?: number, options?: { beat?: boolean }): void;
  open(leaseId: string): void;
  refuse(leaseId: string): void;
  pay(leaseId: string, sats: bigint): Payment;
  /** Changes a payment, as Bitcoin does. */
  update(leaseId: string, payment: Payment, change: Partial<Payment>): void;
  /** The payment counts. */
  credit(leaseId: string, payment: Payment): void;
  /** @param withinLimit of the holder: then the start fee is waived */
  start(leaseId: string, withinLimit?: boolean): Promise<void>;
  close(leaseId: string, reason: NonNullable<LeaseSummary["reason"]>, explanation?: string): void;
  changeOffers(): void;
  listen(listener: (event: FakeEvent) => void): () => void;
}

export async function createFakePool(): Promise<FakePool> {
  const appliances = await Promise.all([1, 2, 3].map(fakeAppliance));
  const offers = fakeOffers(appliances, START);
  const leases = new Map<string, FakeLease>();
  const nonces = new Map<string, bigint>();
  const listeners = new Set<(event: FakeEvent) => void>();
  let number = 1_000;
  let time = START;
  const block = (): BlockInfo => ({ number, time, safe: number - 1, finalized: number - 2 });
  const network: Network = {
    chainId: 31_337,
    contracts: { Leases: LEASES },
    bitcoinNetwork: "regtest",
    pool: { id: 1, name: "stackmonkey", operator: `0x${"11".repeat(20)}` },
    block: block(),
    bitcoinHeight: 144,
  };
  const tell = (event: FakeEvent) => {
    for (const listener of listeners) listener(event);
  };
  const find = (leaseId: string): FakeLease => {
    const lease = leases.get(leaseId);
    if (lease === undefined) throw new Error(`the fake pool has no lease ${leaseId}`);
    return lease;
  };
  const note = (lease: FakeLease, kind: TimelineEntry["kind"], text: string) => {
    number += 1;
    time += 1;
    const txHash = `0x${randomBytes(32).toString("hex")}`;
    lease.timeline.push({ kind, text, time, block: number, txHash, finality: "latest" });
    tell({ kind: "lease", leaseId: lease.leaseId });
  };
  const pool: FakePool = {
    network,
    offers,
    leases,
    actions: [],
    refuseActions: undefined,
    refuseTakes: undefined,
    limit: { units: 0, free: 0 },
    block,
    view: (leaseId) => {
      const lease = leases.get(leaseId);
      return lease && viewOf(lease, block());
    },
    take(body) {
      const offer = offers.find(({ order }) => order === body.order);
      if (offer === undefined) throw new Error(`the fake pool has no order ${body.order}`);
      const leaseId = leaseIdOf(
        {
          ...(body.terms as { [K in keyof TakeBody["terms"]]: TakeBody["terms"][K] & Hex }),
          appliance: body.terms.appliance,
          price: BigInt(body.terms.price),
          startFee: BigInt(body.terms.startFee),
          prepayment: BigInt(body.terms.prepayment),
          salt: BigInt(body.terms.salt),
          deadline: BigInt(body.terms.deadline),
        },
        { chainId: network.chainId, leases: LEASES },
      );
      const { address } = leaseAddress(offer.bitcoinKey as Hex, leaseId, network.bitcoinNetwork);
      leases.set(leaseId, { leaseId, body, offer, address, state: "queued", payments: [], timeline: [], deposit: 0n });
      return leaseId;
    },
    nonceOf: (holder) => nonces.get(holder) ?? 0n,
    async act(body) {
      const { holder } = find(body.leaseId).body.terms;
      const nonce = pool.nonceOf(holder);
      const message = { leaseId: body.leaseId as Hex, nonce, deadline: BigInt(body.deadline) };
      const domain = leasesDomain({ chainId: network.chainId, leases: LEASES });
      const signed = { domain, types: STOP, primaryType: "Stop" as const, message };
      const holds = await verifyTypedData({ ...signed, address: holder as Hex, signature: body.signature as Hex });
      if (!holds || message.deadline < time) throw new Error("the signature does not hold");
      nonces.set(holder, nonce + 1n);
      pool.actions.push(body);
    },
    change(leaseId, change) {
      Object.assign(find(leaseId), change);
      tell({ kind: "lease", leaseId });
    },
    mine(seconds = 1, { beat = true } = {}) {
      number += 1;
      time += seconds;
      for (const lease of leases.values()) {
        if (beat && lease.clock !== undefined) {
          const { elapsed, lastBeat, window } = lease.clock;
          lease.clock = { elapsed: elapsed + Math.min(time - lastBeat, window), lastBeat: time, window };
          tell({ kind: "lease", leaseId: lease.leaseId });
        }
      }
      tell({ kind: "block" });
    },
    open(leaseId) {
      const lease = find(leaseId);
      Object.assign(lease, { state: "unfunded", openedAt: time, payBy: time + 3_600 });
      note(lease, "opened", `Reserved for a prepayment of ${BigInt(lease.body.terms.prepayment) / 1000n} sats.`);
    },
    refuse(leaseId) {
      find(leaseId).state = "refused";
      tell({ kind: "lease", leaseId });
    },
    pay(leaseId, sats) {
      const lease = find(leaseId);
      const payment: Payment = {
        txid: randomBytes(32).toString("hex"),
        vout: 0,
        sats: `${sats}`,
        status: "seen",
        confirmations: 0,
        needed: lease.offer.confirmations,
        replacedBy: null,
      };
      lease.payments.push(payment);
      tell({ kind: "lease", leaseId });
      return payment;
    },
    update(leaseId, payment, change) {
      Object.assign(payment, change);
      tell({ kind: "lease", leaseId });
    },
    credit(leaseId, payment) {
      const lease = find(leaseId);
      Object.assign(payment, { status: "credited", confirmations: null });
      lease.deposit += BigInt(payment.sats) * 1000n;
      note(lease, "payment-credited", `A payment of ${payment.sats} sats was credited.`);
      const minimum = BigInt(lease.offer.price.msatPerHour) + BigInt(lease.body.terms.startFee);
      if (lease.state === "unfunded" && lease.deposit >= minimum) {
        Object.assign(lease, { state: "pending", startBy: time + 1_800 });
        note(lease, "funded", "Paid. The provider is asked to start the instance.");
      }
    },
    async start(leaseId, withinLimit = false) {
      const lease = find(leaseId);
      lease.sealedAccess = await answer(lease, appliances);
      delete lease.startBy;
      Object.assign(lease, {
        state: "active",
        startedAt: time,
        feeCharged: withinLimit ? 0n : BigInt(lease.body.terms.startFee),
        periodStart: 50_000,
        clock: { elapsed: 50_000, lastBeat: time, window: 3_600 },
      });
      note(lease, "started", "Started. The access details are here.");
    },
    close(leaseId, reason, explanation) {
      const lease = find(leaseId);
      Object.assign(lease, { state: "closed", reason, explanation: explanation ?? null, closedAt: time });
      const declined = explanation === undefined ? undefined : `The provider declined: ${explanation}`;
      const text = reason === "stopped" ? "Stopped by the holder." : "Used up, and not paid again.";
      note(lease, declined === undefined ? "closed" : "declined", declined ?? text);
    },
    changeOffers: () => tell({ kind: "offers" }),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return pool;
}

/** Opens the launch spec as the appliance does, and seals access details to whom it names. */
async function answer({ body, offer }: FakeLease, appliances: readonly FakeAppliance[]): Promise<Hex> {
  const appliance = appliances.find(({ id }) => id === offer.appliance);
  const spec = await openLaunchSpec(hexToBytes(body.launch.sealedSpec as Hex), appliance?.identity ?? "");
  const details = {
    addresses: [
      { address: "203.0.113.57", version: 4 as const },
      { address: "2001:db8:4a1::57", version: 6 as const },
    ],
    user: spec.image.split("-")[0] ?? "root",
    hostKeys: [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH1bUv0H4fQwXh8J2m3y0v4q9t7z6c5d1a2b3e4f5g6h",
      "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGx",
    ],
  };
  return `0x${Buffer.from(await sealAccessDetails(details, spec.recipient)).toString("hex")}`;
}
