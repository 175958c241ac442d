// SPDX-License-Identifier: Apache-2.0
import { type Abi, type Address, createPublicClient, encodeFunctionData, type Hex, http, parseEventLogs } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { abis } from "../../offchain/chain/abis.ts";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { BITCOIN } from "../../offchain/lease/terms.ts";
import { PermitToken__factory } from "../../typechain-types/factories/mocks/PermitToken__factory.js";
import { until } from "../demo/steps.ts";
import { type Role, role } from "../devnet/roles.ts";
import { openTokenMarket, type TokenMarket } from "../devnet/tokenMarket.ts";
import { readOffer, type SignedTake, signOffer } from "../devnet/user.ts";
import { type Figure, percentiles } from "./figure.ts";

const { signal } = new AbortController();
const LONG_MS = 180_000;
/** `until` asks ten times a second; with this ten times as often. */
const quick: typeof clock = { now: clock.now, sleep: (ms, stop) => clock.sleep(ms / 10, stop) };
/**
 * How long it takes from a block to what it makes happen: from the block with a paid lease to the request for its server, and
 * from the bitcoin block with a payment to its lease funded on chain. Includes the polling intervals of the local network and
 * the block that makes another safe.
 * @param count leases at once
 */
export async function measureLatency(count: number): Promise<Figure[]> {
  const market = await openTokenMarket({ pools: 1, maximum: count, cloud: { quotas: { instances: 2 * count } } });
  try {
    return [...(await boots(market, count)), ...(await fundings(market, count))];
  } finally {
    await market.stop();
  }
}

type Chain = Pick<TokenMarket, "stack" | "client">;

/** From the block with a lease to its server asked for. */
async function boots(place: TokenMarket, count: number): Promise<Figure[]> {
  const { chain, cloud, shops } = place;
  const [shop] = shops;
  if (shop === undefined) throw new Error("no shop");
  const va = await shop.startVa();
  const ask = await until("an ask", () => chain.openAsk(shop.appliance), { clock, signal });
  const takes = await signTakes(place, ask.order, count);
  await depositFor(place, takes);
  const minedAt = await openAtOnce(place, takes);
  const askedAt = new Map<string, number>();
  await until(
    "all servers",
    async () => {
      for (const { metadata } of cloud.control.servers()) {
        const id = metadata.xov_lease ?? "";
        if (!askedAt.has(id)) askedAt.set(id, performance.now());
      }
      return askedAt.size >= count ? true : undefined;
    },
    { clock: quick, signal, timeoutMs: LONG_MS },
  );
  await va.stop();
  const times = takes.map(({ leaseId }) => (askedAt.get(leaseId) ?? Number.NaN) - (minedAt.get(leaseId) ?? Number.NaN));
  return percentiles("paid lease in a block to its server asked for", times, { p50: 5_000, p99: 10_000 });
}

/** From a bitcoin block to the leases funded by what it holds. */
async function fundings(place: TokenMarket, count: number): Promise<Figure[]> {
  const { stack, client } = place;
  const { Leases } = stack.deployment.contracts;
  const takes = await signTakes(place, await placeBitcoinAsk(place, count), count);
  await openAtOnce(place, takes);
  // A coin for each payment.
  await stack.wallet.mine(count + 10);
  for (const { payTo, sats } of takes) await stack.wallet.pay(payTo.address, sats);
  const from = await client.getBlockNumber();
  await stack.wallet.mine(1);
  const minedAt = performance.now();
  const fundedAt = new Map<Hex, number>();
  await until(
    "all funded",
    async () => {
      const filter = { address: Leases, abi: abis.Leases, eventName: "Funded", fromBlock: from } as const;
      for (const { args } of await client.getContractEvents(filter)) {
        if (args.leaseId && !fundedAt.has(args.leaseId)) fundedAt.set(args.leaseId, performance.now());
      }
      return takes.every(({ leaseId }) => fundedAt.has(leaseId)) ? true : undefined;
    },
    { clock: quick, signal, timeoutMs: LONG_MS },
  );
  const times = takes.map(({ leaseId }) => (fundedAt.get(leaseId) ?? Number.NaN) - minedAt);
  return percentiles("bitcoin block to lease funded", times, { p50: 5_000, p99: 10_000 });
}

/** Puts what the takes cost into the vault. */
export async function depositFor(
  { stack, token, write }: Pick<TokenMarket, "stack" | "token" | "write">,
  takes: readonly SignedTake[],
): Promise<void> {
  const { Vault } = stack.deployment.contracts;
  const total = takes.reduce((sum, { take }) => sum + take.terms.prepayment, 0n);
  await write(role("user"), token, PermitToken__factory.abi as Abi, "approve", [Vault, total]);
  await write(role("user"), Vault, abis.Vault as Abi, "deposit", [token, total, role("user").address]);
}

const WISH = { hours: 1, image: "debian-12", sshKeys: [] };

/** Signs so many takes of an ask. */
export async function signTakes({ stack }: Chain, order: bigint, count: number): Promise<SignedTake[]> {
  const offer = await readOffer(order, stack.anvil.url, stack.deployment);
  const takes: SignedTake[] = [];
  for (let i = 0; i < count; i++) takes.push(await signOffer(offer, WISH, stack.deployment));
  return takes;
}

/** Takes all in as few blocks as hold them. @returns when the block of each lease was mined */
export async function openAtOnce(market: Chain, takes: readonly SignedTake[]): Promise<Map<Hex, number>> {
  const { client, stack } = market;
  const { Exchange, Leases } = stack.deployment.contracts;
  const calls = takes.map(({ take }) => {
    const args = [take.order, take.terms, take.signature, take.launch] as const;
    return { address: Exchange, abi: abis.Exchange as Abi, functionName: "take", args };
  });
  const minedAt = new Map<Hex, number>();
  await mineAtOnce(market, role("user"), calls, async (blockNumber) => {
    const at = performance.now();
    const logs = await client.getLogs({ address: Leases, fromBlock: blockNumber, toBlock: blockNumber });
    const opened = parseEventLogs({ abi: abis.Leases, logs, eventName: "LeaseOpened" });
    if (opened.length === 0) throw new Error("takes were reverted");
    for (const { args } of opened) minedAt.set(args.leaseId, at);
  });
  if (minedAt.size < takes.length) throw new Error(`only ${minedAt.size} of ${takes.length} takes came through`);
  return minedAt;
}

/** A call of a contract. */
interface Call {
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
}

/** Enough for each call, and little enough that a block holds many. */
const CALL_GAS = 600_000n;
/** Transactions that are sent in one request. */
const TOGETHER = 100;

/** Has calls of one account mined in as few blocks as hold them; then a block comes every second again, as on a chain. */
export async function mineAtOnce(
  { stack, client }: Chain,
  by: Role,
  calls: readonly Call[],
  onBlock: (blockNumber: bigint) => Promise<void> = async () => undefined,
): Promise<void> {
  const rpc = createPublicClient({ transport: http(stack.anvil.url, { batch: { batchSize: TOGETHER } }) });
  const ask = (method: string, params: readonly unknown[]) => rpc.request({ method, params } as never);
  const account = privateKeyToAccount(by.privateKey);
  let nonce = await client.getTransactionCount({ address: by.address });
  const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas();
  const { chainId } = stack.deployment;
  const rest = { chainId, gas: CALL_GAS, maxFeePerGas: 2n * maxFeePerGas, maxPriorityFeePerGas } as const;
  await ask("evm_setAutomine", [false]);
  await ask("evm_setIntervalMining", [0]);
  for (let sent = 0; sent < calls.length; sent += TOGETHER) {
    const signed = calls.slice(sent, sent + TOGETHER).map(({ address, ...call }) => {
      const transaction = { ...rest, to: address, data: encodeFunctionData(call), nonce: nonce++ };
      return account.signTransaction({ ...transaction, type: "eip1559" });
    });
    await Promise.all((await Promise.all(signed)).map((each) => ask("eth_sendRawTransaction", [each])));
  }
  while ((await client.getTransactionCount({ address: by.address })) < nonce) {
    await ask("evm_mine", []);
    await onBlock(await client.getBlockNumber({ cacheTime: 0 }));
  }
  await ask("evm_setIntervalMining", [1]);
}

/** An ask in bitcoin, of so many instances that all may wait for their payments. */
async function placeBitcoinAsk(
  { read, write, provider, shops, stack, client }: TokenMarket,
  count: number,
): Promise<bigint> {
  const { Markets, Exchange } = stack.deployment.contracts;
  const [shop] = shops;
  const first = await read<{ class: Hex }>("Markets", "market", [1]);
  await write(provider, Markets, abis.Markets as Abi, "open", [shop?.pool, first.class, BITCOIN]);
  const id = await read<number>("Markets", "marketOf", [shop?.pool, first.class, BITCOIN]);
  const expiry = Number((await client.getBlock()).timestamp) + 86_400;
  const terms = {
    price: 27_000,
    quantity: 4 * count,
    expiry,
    confirmations: 1,
    prepaidHours: 1,
    bond: 0n,
    startFee: 0,
  };
  const execution = { timeInForce: 0, selfTrade: 0, maxFills: 20 };
  const args = [{ appliance: shop?.appliance, market: id, ...terms }, execution];
  const blockNumber = await write(provider, Exchange, abis.Exchange as Abi, "placeAsk", args);
  const logs = await client.getLogs({ address: Exchange, fromBlock: blockNumber, toBlock: blockNumber });
  const [placed] = parseEventLogs({ abi: abis.Exchange, logs, eventName: "AskPlaced" });
  if (placed === undefined) throw new Error("no ask was placed");
  return placed.args.order;
}
