// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { Clock } from "../offchain/core/clock.ts";
import type { LaunchSpec } from "../offchain/lease/launchSpec.ts";
import { sealAccess } from "./access.ts";
import type { ApplianceChain } from "./chain/applianceChain.ts";
import { explanation } from "./explanation.ts";
import { hostKeys } from "./hostKeys.ts";
import { type ApplianceIdentity, labels } from "./identity.ts";
import type { LeaseMemory } from "./memory.ts";
import type { Offers } from "./offers.ts";
import { type Compute, ComputeError } from "./openstack/compute.ts";
import type { Action, OwnServer } from "./plan.ts";
import { userData } from "./userData.ts";

/** What {@link act} works with. */
export interface Hands {
  readonly owner: ApplianceIdentity;
  readonly compute: Compute;
  readonly chain: ApplianceChain;
  readonly clock: Clock;
  /** What is offered now. */
  readonly offers: () => Offers;
  /** Name of the flavor that a market's instances have; undefined when no offer is made there. */
  readonly flavorOf: (market: number) => Promise<string | undefined>;
  /** How long a running server may take to show its SSH host keys before its access details go out without, milliseconds. */
  readonly hostKeyWaitMs: number;
}

/** The lease that an action is for. */
export interface ActionContext {
  readonly leaseId: Hex;
  readonly market: number;
  readonly spec: LaunchSpec | undefined;
  /** See `launchKey`. */
  readonly launch: string;
  /** The lease waits for its `start`: it can be declined. */
  readonly awaited: boolean;
  /** Announcements on chain, and the block at which the lease was read. */
  readonly announcements: number;
  readonly block: bigint;
  /** Time is short: announce without waiting for anything more. */
  readonly hurry: boolean;
  readonly memory: LeaseMemory;
  readonly signal: AbortSignal;
}

/** Something that only the operator can mend; it is logged, and looked at again later. */
export class AttentionNeeded extends Error {
  override readonly name = "AttentionNeeded";
}

/**
 * Does one action. Each is safe to repeat.
 *
 * @returns whether it was done; false: it has to wait
 * @throws ComputeError, TransactionError, AttentionNeeded
 */
export async function act(hands: Hands, context: ActionContext, action: Action): Promise<boolean> {
  const { compute, chain } = hands;
  const { leaseId, memory, signal } = context;
  switch (action.kind) {
    case "create":
      return create(hands, context, action.attempt);
    case "start":
      await compute.startServer(action.server.id, signal);
      return true;
    case "stop":
      await compute.stopServer(action.server.id, signal);
      return true;
    case "delete":
      if (action.why === "failed") rememberFailure(memory, action.server, hands.clock.now());
      await compute.deleteServer(action.server, signal);
      return true;
    case "announce":
      return announce(hands, context, action.server, action.by);
    case "decline":
      await chain.send({ kind: "decline", leaseId, explanation: explanation(action.reason) });
      return true;
    case "attention":
      throw new AttentionNeeded(action.what);
  }
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;

/** After the first failure the next server is made at once, then after longer and longer pauses. */
function rememberFailure(memory: LeaseMemory, server: OwnServer, now: number): void {
  if (server.attempt <= memory.failures.lastAttempt) return;
  memory.failures = { ...memory.failures, lastAttempt: server.attempt };
  memory.trouble = server.fault?.message ?? "the server failed";
  const doublings = server.attempt - 2;
  if (doublings >= 0) memory.notBefore = now + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** doublings);
}

async function create(hands: Hands, context: ActionContext, attempt: number): Promise<boolean> {
  const { compute, owner, offers } = hands;
  const { leaseId, launch, spec, announcements, block, signal, memory } = context;
  if (spec === undefined || hands.clock.now() < memory.notBefore) return false;
  const image = offers().images.find(({ name }) => name === spec.image);
  if (image === undefined) return giveUp(context, "The image that the launch spec names is not offered here");
  const flavor = await hands.flavorOf(context.market);
  if (flavor === undefined) return giveUp(context, "Instances of this size are not offered any more");
  try {
    const [{ id: imageId }, { id: flavorId }, { id: networkId }] = await Promise.all([
      compute.resolveImage(image.cloudName ?? image.name, signal),
      compute.resolveFlavor(flavor, signal),
      compute.resolveNetwork(offers().network, signal),
    ]);
    const request = { imageId, flavorId, networkId, userData: userData(spec) };
    await compute.createServer(
      { ...labels(owner, { leaseId, launch, attempt, announcements, block }), ...request },
      signal,
    );
    memory.refusals = 0;
    return true;
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    return refused(context, error);
  }
}

/** How often the quota may be used up before the lease is declined: what frees it takes a moment. */
const MAX_QUOTA_REFUSALS = 3;

/** Takes down why no server was made. What may pass, or was perhaps made all the same, is thrown on. */
function refused(context: ActionContext, error: ComputeError): false {
  const { memory } = context;
  memory.trouble = TROUBLE[error.code] ?? "the cloud did not answer";
  if (error.uncertain) throw error;
  switch (error.code) {
    case "NOT_FOUND":
      return giveUp(context, "The provider's cloud does not have the image, the size or the network any more");
    case "BAD_REQUEST":
    case "TOO_LARGE":
      return giveUp(context, `The provider's cloud refuses the server: ${error.message}`);
    case "QUOTA_EXCEEDED":
      memory.refusals += 1;
      if (memory.refusals < MAX_QUOTA_REFUSALS) throw error;
      return giveUp(context, "The provider's cloud is full: its quota is used up");
    default:
      throw error;
  }
}

/** For the holder, should time run out; the full story is in the log. */
const TROUBLE: Partial<Record<ComputeError["code"], string>> = {
  UNAUTHORIZED: "the cloud refuses the provider's credential",
  FORBIDDEN: "the provider's credential may not make servers",
  QUOTA_EXCEEDED: "the provider's quota is used up",
  RATE_LIMITED: "the cloud is too busy",
  UNAVAILABLE: "the cloud is not available",
};

/** No further attempt makes sense: the next look declines a lease whose start is awaited; a running one needs the operator. */
function giveUp({ memory, awaited }: ActionContext, reason: string): false {
  memory.trouble = reason;
  if (!awaited) throw new AttentionNeeded(reason);
  memory.failures = { ...memory.failures, final: reason };
  return false;
}

async function announce(
  hands: Hands,
  context: ActionContext,
  server: OwnServer,
  by: "start" | "postAccess",
): Promise<boolean> {
  const { chain, offers, clock, hostKeyWaitMs } = hands;
  const { leaseId, spec, memory, announcements, hurry } = context;
  if (spec === undefined) throw new AttentionNeeded("no access details can be posted: the launch spec cannot be read");
  const log = await consoleOf(hands, server, context.signal);
  memory.activeSince ??= clock.now();
  const image = offers().images.find(({ name }) => name === spec.image);
  const patient = !hurry && image?.hostKeys === true && clock.now() - memory.activeSince < hostKeyWaitMs;
  if (patient && spec.sshKeys.length > 0 && hostKeys(log).length === 0) return false;
  const sealedAccess = await sealAccess(server, image?.user ?? "root", log, spec.recipient);
  const block = await chain.send({ kind: by, leaseId, sealedAccess });
  memory.announced = { id: server.id, count: announcements + 1, block };
  memory.activeSince = undefined;
  return true;
}

const CONSOLE_LINES = 5_000;

/** A console that cannot be read withholds host keys, nothing else. */
async function consoleOf({ compute }: Hands, server: OwnServer, signal: AbortSignal): Promise<string> {
  try {
    return await compute.getConsoleOutput(server.id, CONSOLE_LINES, signal);
  } catch (error) {
    if (error instanceof ComputeError) return "";
    throw error;
  }
}
