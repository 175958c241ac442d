// SPDX-License-Identifier: Apache-2.0
// A reconciler between a chain and a cloud in memory.

import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { type Hex, keccak256, toHex } from "viem";
import { TransactionError } from "../../offchain/chain/transactionError.ts";
import { createLog } from "../../offchain/core/log.ts";
import { type LaunchSpec, sealLaunchSpec } from "../../offchain/lease/launchSpec.ts";
import { BITCOIN } from "../../offchain/lease/terms.ts";
import { accessPolicySchema } from "../../va/accessPolicy.ts";
import type { Hands } from "../../va/actuator.ts";
import { AttentionNeeded } from "../../va/attention.ts";
import type { Offers } from "../../va/offers.ts";
import { ComputeError } from "../../va/openstack/compute.ts";
import { createReconciler, type Reconciler } from "../../va/reconciler.ts";
import type { Next } from "../../va/whenNext.ts";
import { fakeCompute } from "../fakes/compute.ts";
import { APPLIANCE, fakeChain, MARKET } from "./fakeChain.ts";

const LEASES = "0x00000000000000000000000000000000000000c1";
const OFFER = {
  class: { vcpus: 1, memoryMiB: 256, diskGiB: 2, gpus: 0, gpuModel: "", architecture: "x86_64" },
  flavor: "m1.small",
  price: 27_000,
  maximum: 8,
  prepaidHours: 24,
  quote: BITCOIN,
  confirmations: 1,
  bond: 1_000n,
};

/** A look of the rig's takes ten seconds of the machine's clock, and two of the blocks' time. */
export const EVICT_AFTER_S = 600;

export const LEASE: Hex = keccak256(toHex("a lease"));

export type Rig = Awaited<ReturnType<typeof createRig>>;

export async function createRig() {
  const [identity, holderIdentity] = await Promise.all([generateX25519Identity(), generateX25519Identity()]);
  const [sealTo, recipient] = await Promise.all([identityToRecipient(identity), identityToRecipient(holderIdentity)]);
  const chain = fakeChain();
  const compute = fakeCompute();
  let time = 0;
  const clock = { now: () => time, sleep: async () => undefined };
  const offers: { -readonly [K in keyof Offers]: Offers[K] } = {
    network: "xov-net",
    access: accessPolicySchema.parse({}),
    images: [{ name: "debian-12", user: "debian", hostKeys: true }],
    offers: [OFFER],
    maintenance: false,
  };
  const hands: Hands = {
    owner: { chainId: 31_337, leases: LEASES, appliance: APPLIANCE },
    compute,
    chain,
    clock,
    offers: () => offers,
    offerOf: async (market) => (market === MARKET ? offers.offers[0] : undefined),
    hostKeyWaitMs: 0,
  };
  const log = createLog({ name: "test", level: "silent" });
  const born = (): Reconciler =>
    createReconciler({
      hands,
      feed: chain.feed,
      ageIdentities: [identity],
      declineMarginS: 300,
      evictAfterS: EVICT_AFTER_S,
      log,
    });
  let reconciler = born();
  const errors: unknown[] = [];
  const signal = new AbortController().signal;
  return {
    chain,
    compute,
    offers,
    hands,
    errors,
    holderIdentity,
    reconciler: () => reconciler,
    servers: () => [...compute.servers.values()],
    async sealed(fields: Partial<LaunchSpec> = {}): Promise<Hex> {
      return toHex(await sealLaunchSpec({ image: "debian-12", sshKeys: [], recipient, ...fields }, sealTo));
    },
    /** Forgets everything, as a restart does. */
    restart() {
      reconciler = born();
    },
    /** One look, as the queue has it done: a failure is kept and tried again the next time. */
    async look(leaseId = LEASE): Promise<Next | undefined> {
      try {
        return await reconciler.reconcile(leaseId, signal);
      } catch (error) {
        const expected =
          error instanceof ComputeError || error instanceof TransactionError || error instanceof AttentionNeeded;
        if (!expected) throw error;
        errors.push(error);
        return undefined;
      }
    },
    /** Looks so often, or until there is nothing left to do, and lets chain and cloud go on after each. */
    async run(looks = 12, seconds = 2, leaseId = LEASE): Promise<Next | undefined> {
      let next: Next | undefined;
      for (let i = 0; i < looks && next?.kind !== "done"; i++) {
        next = await this.look(leaseId);
        compute.settle();
        chain.mine(seconds);
        time += 10_000;
      }
      return next;
    },
    /** A lease that is paid, on chain but not safe yet. */
    async funded(fields: Partial<LaunchSpec> = {}, sealed?: Hex) {
      chain.open(LEASE, sealed ?? (await this.sealed(fields)));
      chain.mine();
      chain.fund(LEASE);
      chain.mine();
    },
  };
}
