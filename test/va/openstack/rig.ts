// SPDX-License-Identifier: Apache-2.0
import { type Clock, systemClock } from "../../../offchain/core/clock.ts";
import { createDevCloud, type DevCloud, type DevCloudOptions } from "../../../scripts/devcloud/index.ts";
import { type Compute, ComputeError, type CreateServer } from "../../../va/openstack/compute.ts";
import { openStackCompute } from "../../../va/openstack/index.ts";

/** A development cloud with a client, for tests that make it fail. */
export interface Rig {
  readonly cloud: DevCloud;
  readonly compute: Compute;
  readonly signal: AbortSignal;
  /** Another client with the same credential, as a second appliance or one that was started again. */
  another(): Compute;
  request(name: string, more?: Partial<CreateServer>): Promise<CreateServer>;
}

export const DEADLINE_MS = 300;

/** @param options `clock` is the client's as well; by default nothing takes time */
export async function openRig(options: Partial<DevCloudOptions> = {}): Promise<Rig> {
  const clock: Clock = options.clock ?? systemClock;
  const latency = { build: 0, start: 0, stop: 0, delete: 0 };
  const cloud = await createDevCloud({ port: 0, latency, ...options });
  const another = () => openStackCompute({ credential: cloud.credential, clock, deadlineMs: DEADLINE_MS });
  const compute = another();
  const { signal } = new AbortController();
  return {
    cloud,
    compute,
    signal,
    another,
    request: async (name, more = {}) => ({
      name,
      imageId: (await compute.resolveImage("tiny", signal)).id,
      flavorId: (await compute.resolveFlavor("m1.tiny", signal)).id,
      networkId: (await compute.resolveNetwork("xov-net", signal)).id,
      tags: ["xov-test"],
      metadata: {},
      userData: new Uint8Array(),
      ...more,
    }),
  };
}

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<ComputeError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ComputeError) return error;
    throw error;
  }
  throw new Error("did not fail");
}
