// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import { isRevert } from "../offchain/chain/transactionError.ts";
import type { Clock } from "../offchain/core/clock.ts";
import type { LaunchSpec } from "../offchain/lease/launchSpec.ts";
import { sealAccess, sealConsole } from "./access.ts";
import { type AccessPolicy, firewallRules, versionsOf } from "./accessPolicy.ts";
import { AttentionNeeded } from "./attention.ts";
import type { ApplianceChain, Transaction } from "./chain/applianceChain.ts";
import { evict } from "./evict.ts";
import { explanation } from "./explanation.ts";
import type { Finality } from "./finality.ts";
import { hostKeys } from "./hostKeys.ts";
import { type ApplianceIdentity, labels } from "./identity.ts";
import type { LeaseMemory } from "./memory.ts";
import type { Offer, Offers } from "./offers.ts";
import { type Compute, ComputeError, type ServerAddress } from "./openstack/compute.ts";
import type { Action, OwnServer } from "./plan.ts";
import { EXHAUSTED, startOutlook, UNPAID } from "./startOutlook.ts";
import { userData } from "./userData.ts";

/** What {@link act} works with. */
export interface Hands {
  readonly owner: ApplianceIdentity;
  readonly compute: Compute;
  readonly chain: ApplianceChain;
  readonly clock: Clock;
  /** What is offered now. */
  readonly offers: () => Offers;
  /** The offer that is made in a market; undefined when there is none. */
  readonly offerOf: (market: number) => Promise<Pick<Offer, "flavor" | "startFee"> | undefined>;
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
  /** And it is the first, which may cost the provider a start price. */
  readonly charged: boolean;
  /** Announcements on chain, and the block at which the lease was read. */
  readonly announcements: number;
  readonly block: bigint;
  /** Time is short: announce without waiting for anything more. */
  readonly hurry: boolean;
  readonly memory: LeaseMemory;
  /** What the endpoints have said before. */
  readonly finality: Finality;
  readonly signal: AbortSignal;
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
      return announce(hands, context, action);
    case "decline":
      await chain.send({ kind: "decline", leaseId, explanation: explanation(action.reason) });
      return true;
    case "reboot":
      return reboot(hands, context, action.server);
    case "evict":
      return tryToEvict(hands, context, action.reason);
    case "attention":
      throw new AttentionNeeded(action.what);
  }
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;

/** After the first failure the next server is made at once, then after longer and longer pauses. */
function rememberFailure(memory: LeaseMemory, server: OwnServer, now: number): void {
  if (server.attempt <= memory.failures.lastAttempt) return;
  const fault = server.fault?.message;
  memory.failures = { ...memory.failures, lastAttempt: server.attempt, ...(fault !== undefined && { fault }) };
  memory.trouble = server.fault?.message ?? "the server failed";
  const doublings = server.attempt - 2;
  if (doublings >= 0) memory.notBefore = now + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** doublings);
}

/** Tried once in a while: a cloud that refuses to will do so again. One that has not heard of it is asked again. */
async function reboot({ compute, clock }: Hands, { memory, signal }: ActionContext, server: OwnServer) {
  const before = memory.repairedAt;
  memory.repairedAt = clock.now();
  try {
    await compute.rebootServer(server.id, signal);
    return true;
  } catch (error) {
    if (error instanceof ComputeError && !error.uncertain && isSilence(error)) memory.repairedAt = before;
    throw error;
  }
}

/** Between two tries that may not be, milliseconds: longer than between two looks, so that some do what else there is to do. */
const EVICTION_PAUSE_MS = 60_000;

/** While it may not be done, whatever may still bring the server back is done on. */
async function tryToEvict({ chain, clock }: Hands, context: ActionContext, reason: string): Promise<boolean> {
  try {
    return await evict(chain, context, reason);
  } catch (error) {
    if (error instanceof AttentionNeeded) context.memory.noEvictionBefore = clock.now() + EVICTION_PAUSE_MS;
    throw error;
  }
}

async function create(hands: Hands, context: ActionContext, attempt: number): Promise<boolean> {
  const { compute, owner, offers } = hands;
  const { leaseId, launch, spec, announcements, block, signal, memory } = context;
  if (spec === undefined || hands.clock.now() < memory.notBefore) return false;
  const image = offers().images.find(({ name }) => name === spec.image);
  if (image === undefined) return giveUp(context, "The image that the launch spec names is not offered here");
  const offer = await hands.offerOf(context.market);
  if (offer === undefined) return giveUp(context, "Instances of this size are not offered any more");
  if (context.charged) {
    const outlook = startOutlook(await hands.chain.startTerms(leaseId), offer.startFee);
    if (outlook.kind === "decline") return giveUp(context, outlook.reason);
    if (outlook.kind === "wait") return wait(context, outlook.reason);
  }
  try {
    const { network, access: policy } = offers();
    const [{ id: imageId }, { id: flavorId }, { networkId, access }] = await Promise.all([
      compute.resolveImage(image.cloudName ?? image.name, signal),
      compute.resolveFlavor(offer.flavor, signal),
      attachment(compute, network, policy, signal),
    ]);
    const request = { imageId, flavorId, networkId, access, userData: userData(spec) };
    await compute.createServer(
      { ...labels(owner, { leaseId, launch, attempt, announcements, block }), ...request },
      signal,
    );
    memory.refusals = 0;
    memory.failures = { ...memory.failures, final: undefined };
    return true;
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    return refused(context, error);
  }
}

/** Where the instance is attached, and how it is reached there. */
async function attachment(compute: Compute, network: string, policy: AccessPolicy, signal: AbortSignal) {
  const { id: networkId } = await compute.resolveNetwork(network, signal);
  const { floatingNetwork, securityGroups } = policy;
  const names = { versions: versionsOf(policy), floatingNetwork, securityGroups, rules: firewallRules(policy) };
  return { networkId, access: await compute.resolveAccess(networkId, names, signal) };
}

/** How often the quota may be used up before the lease is declined: what frees it takes a moment. */
const MAX_QUOTA_REFUSALS = 3;

/** Takes down why no server was made. What may pass, or was perhaps made all the same, is thrown on. */
function refused(context: ActionContext, error: ComputeError): false {
  const { memory } = context;
  memory.trouble = TROUBLE[error.code] ?? "the cloud did not answer";
  // What was refused before says nothing of a cloud that does not answer now.
  if (isSilence(error)) memory.failures = { ...memory.failures, final: undefined };
  if (error.uncertain) throw error;
  switch (error.code) {
    case "NOT_FOUND":
      return giveUp(context, `The provider's cloud does not have what the instance needs: ${error.message}`);
    case "BAD_REQUEST":
    case "TOO_LARGE":
      return giveUp(context, `The provider's cloud refuses the server: ${error.message}`);
    case "QUOTA_EXCEEDED":
      memory.refusals += 1;
      if (memory.refusals < MAX_QUOTA_REFUSALS) throw error;
      return giveUp(context, "The provider's cloud is full: its quota is used up");
    case "FORBIDDEN":
    case "CONFLICT":
      // It may pass, as far as there is time: of a lease that runs, until its holder has waited too long.
      if (!context.awaited) return giveUp(context, `The provider's cloud refuses the server: ${error.message}`);
      throw error;
    default:
      throw error;
  }
}

/** Not an answer to what was asked, but none, or a call to come back later. */
function isSilence({ code }: ComputeError): boolean {
  return code === "UNAVAILABLE" || code === "TIMEOUT" || code === "BAD_REPLY" || code === "RATE_LIMITED";
}

/** For the holder, should time run out; the full story is in the log. */
const TROUBLE: Partial<Record<ComputeError["code"], string>> = {
  UNAUTHORIZED: "the cloud refuses the provider's credential",
  FORBIDDEN: "the provider's credential may not make servers",
  QUOTA_EXCEEDED: "the provider's quota is used up",
  RATE_LIMITED: "the cloud is too busy",
  UNAVAILABLE: "the cloud is not available",
};

/**
 * No further attempt makes sense: the next look declines a lease whose start is awaited. For a running one the operator may do
 * something, so it is tried again and again, until it is evicted.
 */
function giveUp({ memory, awaited }: ActionContext, reason: string): false {
  memory.trouble = reason;
  memory.failures = { ...memory.failures, final: reason };
  if (!awaited) throw new AttentionNeeded(reason);
  return false;
}

/** Looked at again after a pause; should time run out, the holder is told this reason. */
function wait({ memory }: ActionContext, reason: string): never {
  memory.trouble = reason;
  throw new AttentionNeeded(reason);
}

async function announce(
  hands: Hands,
  context: ActionContext,
  { server, by, console }: Extract<Action, { kind: "announce" }>,
): Promise<boolean> {
  const { offers, clock, hostKeyWaitMs } = hands;
  const { leaseId, spec, memory, announcements, hurry } = context;
  if (spec === undefined) throw new AttentionNeeded("no access details can be posted: the launch spec cannot be read");
  const { images, access: policy } = offers();
  const image = images.find(({ name }) => name === spec.image);
  const consoleLog = await consoleOf(hands, server, context.signal);
  memory.activeSince ??= clock.now();
  const patient = !hurry && !console && clock.now() - memory.activeSince < hostKeyWaitMs;
  const lacksKeys = image?.hostKeys === true && spec.sshKeys.length > 0 && hostKeys(consoleLog).length === 0;
  const lacksAddress = policy.floatingNetwork !== undefined && !server.addresses.some(isFloating);
  if (patient && (lacksKeys || lacksAddress)) return false;
  const consoleUrl = hurry ? undefined : await consoleUrlOf(hands, server, context.signal);
  const parts = { server, user: image?.user ?? "root", consoleLog, consoleUrl, versions: versionsOf(policy) };
  const sealedAccess = await (console ? sealConsole : sealAccess)(parts, spec.recipient);
  const block = await sendAccess(hands, context, { kind: by, leaseId, sealedAccess });
  if (block === undefined) return true;
  memory.announced = { id: server.id, count: announcements + 1, block };
  memory.activeSince = undefined;
  if (console) memory.consoleShownAt = clock.now();
  return true;
}

/** @returns undefined when the lease was declined instead, since its provider cannot pay for the start */
async function sendAccess(
  { chain }: Hands,
  context: ActionContext,
  transaction: Extract<Transaction, { sealedAccess: Uint8Array }>,
): Promise<bigint | undefined> {
  try {
    return await chain.send(transaction);
  } catch (error) {
    if (isRevert(error, "Trust_StartsExhausted")) return wait(context, EXHAUSTED);
    if (!isRevert(error, "Trust_StartUnpaid")) throw error;
    await chain.send({ kind: "decline", leaseId: context.leaseId, explanation: explanation(UNPAID) });
    return undefined;
  }
}

function isFloating({ type }: ServerAddress): boolean {
  return type === "floating";
}

/** Where there is none, or it cannot be had just now, the access details go without. */
async function consoleUrlOf({ compute }: Hands, server: OwnServer, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await compute.getConsoleUrl(server.id, signal);
  } catch (error) {
    if (error instanceof ComputeError) return undefined;
    throw error;
  }
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
