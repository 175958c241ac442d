// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import type { Clock } from "../../offchain/core/clock.ts";
import { ownerTag } from "../../va/identity.ts";
import { type Credential, openStackCompute } from "../../va/openstack/index.ts";
import { listPorts, portDescription } from "../../va/openstack/ports.ts";
import { createSession } from "../../va/openstack/session.ts";
import { depositFor, openAtOnce, signTakes } from "../bench/latency.ts";
import { expectManyStarts } from "../bench/manyStarts.ts";
import { type Steps, until } from "../demo/steps.ts";
import type { Daemon } from "../devnet/daemons.ts";
import type { TokenMarket } from "../devnet/tokenMarket.ts";
import { stopBySignature } from "../devnet/tokenUser.ts";
import type { SignedTake } from "../devnet/user.ts";
import { createInspector, type Inspector, running } from "./servers.ts";

/** What is killed, beside the appliance. */
export interface Victim {
  readonly name: string;
  /** Kills it and starts it again. */
  strike(): Promise<void>;
}

export interface TrialParameters {
  /** Of one shop. */
  readonly market: Omit<TokenMarket, "cloud">;
  /** Of the cloud itself, with nothing in between. */
  readonly credential: Credential;
  readonly leases: number;
  /** Of the appliance and of each victim, in either half of the trial. */
  readonly kills: number;
  readonly victims: readonly Victim[];
  /** Between two kills, milliseconds. */
  readonly pauseMs: { readonly least: number; readonly most: number };
  readonly random: () => number;
  readonly steps: Steps;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const LONG_MS = 30 * 60_000;

/**
 * So many leases at once while the appliance and others are killed at random moments; then half of the leases are stopped, under
 * kills again.
 * @throws Error unless at the end exactly the servers are there that should be, and those of the leases that go on are as they were
 */
export async function runTrial(parameters: TrialParameters): Promise<void> {
  const { market, credential, steps, clock, signal } = parameters;
  const { deployment } = market.stack;
  const [shop] = market.shops;
  if (shop === undefined) throw new Error("no shop");
  const owner = ownerTag({
    chainId: deployment.chainId,
    leases: deployment.contracts.Leases,
    appliance: shop.appliance,
  });
  const compute = openStackCompute({ credential, clock });
  const inspector = createInspector({ compute, owner, clock, signal, pollMs: 2_000, timeoutMs: LONG_MS });
  // A local network has the same contracts as the one before it: what is left of that one would be taken for its own.
  await inspector.removeAll();
  await expectManyStarts(market);
  /** It says that it is ready when it has read chain and cloud: on a slow machine that may take it more than one start. */
  const startVa = () =>
    until("the appliance", () => shop.startVa().catch(() => undefined), { clock, signal, timeoutMs: LONG_MS });
  let va: Daemon = await startVa();
  const appliance: Victim = {
    name: "appliance",
    async strike() {
      va.kill9();
      await va.exited;
      va = await startVa();
    },
  };
  try {
    const order = await steps.run("an ask is on the book", () =>
      until("an ask", () => market.chain.openAsk(shop.appliance), { clock, signal, timeoutMs: LONG_MS }),
    );
    const takes = await signTakes(market, order.order, parameters.leases);
    await depositFor(market, takes);
    await bothHalves(parameters, inspector, takes, [appliance, ...parameters.victims]);
    const left = takes.filter(isLeft).length;
    await steps.run("no port is left but theirs", () => portsAre(parameters, owner, left));
  } finally {
    await va.stop();
  }
}

const isLeft = (_take: SignedTake, index: number) => index % 2 === 1;
const idOf = ({ leaseId }: SignedTake) => leaseId;

async function bothHalves(
  parameters: TrialParameters,
  inspector: Inspector,
  takes: readonly SignedTake[],
  victims: readonly Victim[],
): Promise<void> {
  const { market, steps } = parameters;
  const over = takes.filter((take, index) => !isLeft(take, index));
  const left = takes.filter(isLeft).map(idOf);
  await steps.run(`all ${takes.length} leases run, for all the kills`, async () => {
    await openAtOnce(market, takes);
    await Promise.all([chaos(parameters, victims), inspector.areExactly(takes.map(idOf))]);
    await inspector.areExactly(takes.map(idOf));
    await statesAre(parameters, takes.map(idOf), "active");
  });
  await steps.run(
    `${over.length} of them are stopped; their servers go, the others stay, for all the kills`,
    async () => {
      const before = running(await inspector.listed());
      for (const { leaseId, keys } of over) {
        const status = await stopBySignature(market, leaseId, keys);
        if (status >= 300) throw new Error(`the relayer answers ${status} to a stop`);
      }
      await statesAre(parameters, over.map(idOf), "closed");
      await Promise.all([chaos(parameters, victims), inspector.areExactly(left)]);
      await inspector.areExactly(left);
      await statesAre(parameters, left, "active");
      const after = running(await inspector.listed());
      const moved = left.filter((leaseId) => before.get(leaseId)?.join() !== after.get(leaseId)?.join());
      if (moved.length > 0) throw new Error(`leases that go on have other servers than before: ${moved}`);
    },
  );
  const most = inspector.most();
  if (most > 1) throw new Error(`${most} servers ran for one lease at a time`);
  console.log(`exactly ${left.length} servers are there; never more than ${most} ran for one lease`);
}

/** Strikes each victim so many times, in random order and at random moments. */
async function chaos({ kills, pauseMs, random, clock }: TrialParameters, victims: readonly Victim[]): Promise<void> {
  const { least, most } = pauseMs;
  const order = victims
    .flatMap((victim) => Array.from({ length: kills }, () => ({ victim, at: random() })))
    .sort((a, b) => a.at - b.at);
  for (const { victim } of order) {
    await clock.sleep(least + random() * (most - least));
    await victim.strike();
  }
}

/** Numbers of `LeaseState` in ILeases.sol. */
const STATES = { active: 4, closed: 5 } as const;

async function statesAre(
  { market, clock, signal }: TrialParameters,
  leases: readonly Hex[],
  state: keyof typeof STATES,
): Promise<void> {
  const isThere = async (leaseId: Hex) => {
    const { state: now } = await market.read<{ state: number }>("Leases", "statusOf", [leaseId]);
    return now === STATES[state] ? true : undefined;
  };
  for (const leaseId of leases) {
    await until(`lease ${leaseId} ${state}`, () => isThere(leaseId), { clock, signal, timeoutMs: LONG_MS });
  }
}

async function portsAre({ credential, clock, signal }: TrialParameters, owner: string, count: number): Promise<void> {
  const session = createSession({ credential, clock, deadlineMs: 30_000 });
  const look = async () => {
    const ports = await listPorts(session, { description: portDescription(owner) }, signal);
    return ports.length === count ? true : undefined;
  };
  await until(`${count} ports`, look, { clock, signal, timeoutMs: LONG_MS });
}
