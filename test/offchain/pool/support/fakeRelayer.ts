// SPDX-License-Identifier: Apache-2.0
import type { ActionBody, TakeBody } from "../../../../offchain/pool/api.ts";
import { ProblemError } from "../../../../offchain/pool/problem.ts";
import type { RelayerClient, RelayerLease } from "../../../../offchain/pool/relayerClient.ts";

export interface FakeRelayer extends RelayerClient {
  /** What it says of leases, by id. */
  readonly leases: Map<string, RelayerLease>;
  readonly takes: TakeBody[];
  readonly actions: ActionBody[];
  /** Answers nothing while it is down. */
  down: boolean;
}

/** A relayer that opens every lease at once, under the id that its salt is. */
export function fakeRelayer(): FakeRelayer {
  const requireUp = () => {
    if (!relayer.down) return;
    throw new ProblemError({ code: "RELAYER_UNREACHABLE", status: 503, title: "down", detail: "down" });
  };
  const relayer: FakeRelayer = {
    leases: new Map(),
    takes: [],
    actions: [],
    down: false,
    async take(body) {
      requireUp();
      relayer.takes.push(body);
      return { leaseId: body.terms.launchSpecHash, open: false };
    },
    async act(body) {
      requireUp();
      relayer.actions.push(body);
    },
    async lease(leaseId) {
      requireUp();
      return relayer.leases.get(leaseId);
    },
    healthy: async () => !relayer.down,
  };
  return relayer;
}
