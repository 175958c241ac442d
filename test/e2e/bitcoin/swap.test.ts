// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { type Abi, type Hex, keccak256, type PublicClient, parseEther, stringToHex } from "viem";
import { z } from "zod";
import { bytesToHex } from "../../../offchain/bitcoin/bytes.ts";
import { leaseAddress } from "../../../offchain/bitcoin/leaseAddress.ts";
import { abis } from "../../../offchain/chain/abis.ts";
import { createChain } from "../../../offchain/chain/clients.ts";
import { systemClock as clock } from "../../../offchain/core/clock.ts";
import { until } from "../../../scripts/demo/steps.ts";
import type { Daemon } from "../../../scripts/devnet/daemons.ts";
import { type Role, role } from "../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import type { Coin } from "../../../va/bitcoin/coin.ts";
import { bitcoinKey } from "../../../va/bitcoin/key.ts";
import { extract, signDerived, unsignedPsbt } from "../../../va/bitcoin/psbt.ts";

const { signal } = new AbortController();
const DAY = 86_400;
const SWAP = fileURLToPath(new URL("../../../offchain/swap/main.ts", import.meta.url));
const KEY = bitcoinKey(keccak256(stringToHex("the treasury's bitcoin")));
/** Satoshi for a lot of half an XOV. */
const PRICE = 2_000;
const LOTS = 20;
const BOND_PER_LOT = "0.01";
const BOND = parseEther(BOND_PER_LOT) * BigInt(LOTS);
const CONFIRMATIONS = 2;

const reservationSchema = z.object({
  reservation: z.string().transform((id) => id as Hex),
  state: z.string(),
  pay: z.object({ sats: z.number(), uri: z.string() }).optional(),
  address: z.string(),
  merkleRoot: z.string().transform((root) => root as Hex),
  lots: z.object({ ordered: z.number(), reserved: z.number(), held: z.number(), delivered: z.number() }),
  delivered: z.string(),
  sats: z.object({ price: z.number(), paid: z.number() }),
  payments: z.array(z.object({ txid: z.string(), vout: z.number(), sats: z.number(), stands: z.boolean() })),
});
const offerSchema = z.object({ offer: z.number(), lotsFree: z.number(), closed: z.boolean() });

describe("tokens for bitcoin, everything real", function () {
  this.timeout(300_000);
  let dir: string;
  let stack: Stack;
  let relayer: Daemon;
  let client: PublicClient;
  /** Of half of what is sold here at once; the rest has to wait. */
  let offer: number;
  const maker = role("deployer"); // the treasury, whose tokens are in its account
  const taker = role("user");

  before(async () => {
    // Loaded when needed: Hardhat must not be loaded by the runner's `require`.
    const { startStack } = await import("../../../scripts/devnet/stack.ts");
    const { startRelayer } = await import("../../../scripts/devnet/daemons.ts");
    const { createProvisioner } = await import("../../../scripts/devnet/provision.ts");
    dir = await mkdtemp(join(tmpdir(), "xov-swap-"));
    stack = await startStack({ dir, signal });
    const provisioner = createProvisioner(stack.anvil.url, stack.deployment, maker);
    await provisioner.fund(taker, 100n * 10n ** 18n);
    provisioner.close();
    for (const each of [maker, taker]) await writeFile(keyFile(each), each.privateKey, { mode: 0o600 });
    relayer = await startRelayer(stack, role("relayer"), signal);
    client = createChain({ rpcUrls: [stack.anvil.url], chainId: stack.deployment.chainId }).client;
  });
  after(async () => {
    await relayer?.stop();
    await stack?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const keyFile = ({ address }: Role) => join(dir, `key-${address}`);
  /** The command, as a person runs it. */
  const run = async (by: Role | undefined, ...args: (string | number)[]): Promise<unknown> => {
    const env = {
      ...process.env,
      XOV_RPC_URLS: stack.anvil.url,
      XOV_CHAIN_ID: `${stack.deployment.chainId}`,
      XOV_DEPLOYMENT_FILE: stack.deploymentFile,
      XOV_BITCOIN_NETWORK: "regtest",
      ...(by === undefined ? {} : { XOV_KEY_FILE: keyFile(by) }),
    };
    const argv = ["--import", "tsx", SWAP, ...args.map(String)];
    return JSON.parse((await promisify(execFile)(process.execPath, argv, { env })).stdout);
  };
  const reserve = async (of: number) =>
    reservationSchema.parse(await run(taker, "reserve", "--offer", of, "--lots", LOTS));
  const status = async (id: Hex) => reservationSchema.parse(await run(undefined, "status", "--reservation", id));
  const free = async (of: number) =>
    z
      .array(offerSchema)
      .parse(await run(undefined, "offers"))
      .find((each) => each.offer === of)?.lotsFree;
  const read = <T>(contract: keyof typeof abis, functionName: string, args: readonly unknown[]) =>
    client.readContract({
      address: stack.deployment.contracts[contract],
      abi: abis[contract] as Abi,
      functionName,
      args,
    }) as Promise<T>;
  const inVault = ({ address }: Role) =>
    read<bigint>("Vault", "balanceOf", [stack.deployment.contracts.XovToken, address]);
  const lots = async (id: Hex) =>
    await read<{ reserved: bigint; held: bigint; delivered: bigint; paid: bigint }>("Swap", "reservationOf", [id]);
  const untilLots = (id: Hex, which: "reserved" | "held" | "delivered", count = LOTS) =>
    until(which, async () => ((await lots(id))[which] === BigInt(count) ? true : undefined), { clock, signal });
  /** Lets the chain's time pass, and Bitcoin's miners' clocks with it. */
  const pass = async (seconds: number) => {
    await client.request({ method: "evm_increaseTime" as never, params: [seconds] as never });
    await client.request({ method: "evm_mine" as never, params: [] as never });
    const { timestamp } = await client.getBlock();
    await stack.wallet.call("setmocktime", [Number(timestamp)], z.null());
    await stack.wallet.mine(1);
  };
  const payInFull = async ({ address, sats }: z.output<typeof reservationSchema>) => {
    await stack.wallet.pay(address, BigInt(sats.price));
    return await stack.wallet.mine(CONFIRMATIONS);
  };

  it("are offered by whoever has them", async () => {
    const terms = {
      lot: "0.5",
      lots: 100,
      price: PRICE,
      minimum: 5,
      bound: LOTS * PRICE,
      confirmations: CONFIRMATIONS,
    };
    const args = Object.entries(terms).flatMap(([name, value]) => [`--${name}`, value]);
    const more = ["--bond-per-lot", BOND_PER_LOT, "--bitcoin-key", KEY.publicKey];
    const made = await run(maker, "offer", "--token", stack.deployment.contracts.XovToken, ...args, ...more);
    ({ offer } = offerSchema.parse(made));
    expect(made).to.deep.include({ lot: "0.5", satsPerLot: PRICE, lotsFree: 100, satsReleasedAtOnce: LOTS * PRICE });
    expect(await free(offer)).to.equal(100);
  });

  it("are reserved, paid in bitcoin, proven by the relayer and released, and the bond is back", async () => {
    const before = await inVault(taker);
    const reservation = await reserve(offer);
    expect(reservation.state).to.equal("reserved");
    expect(reservation.pay?.sats).to.equal(LOTS * PRICE);
    expect(reservation.pay?.uri).to.match(new RegExp(`^bitcoin:${reservation.address}\\?amount=0.0004&`));
    expect(await inVault(taker)).to.equal(before - BOND);
    await payInFull(reservation);
    await untilLots(reservation.reservation, "delivered");
    const now = await status(reservation.reservation);
    expect(now).to.include({ state: "delivered", delivered: "10" });
    expect(now.pay).to.equal(undefined);
    expect(now.payments).to.have.length(1);
    expect(await inVault(taker)).to.equal(before + parseEther("10"));
    await run(taker, "withdraw", "--token", stack.deployment.contracts.XovToken);
    expect(await read<bigint>("XovToken", "balanceOf", [taker.address])).to.equal(before + parseEther("10"));
  });

  it("bring bitcoin that the maker's key spends, and no other", async () => {
    const all = z.array(reservationSchema).parse(await run(undefined, "reservations", "--offer", offer));
    const coins = all.flatMap(({ reservation, merkleRoot, address, payments }) =>
      payments.map(({ txid, vout, sats }): Coin => {
        const derived = leaseAddress(KEY.publicKey, reservation, "regtest");
        expect([derived.address, derived.merkleRoot]).to.deep.equal([address, merkleRoot]);
        const value = BigInt(sats);
        return { txid, vout, value, script: derived.script, derived: { internalKey: KEY.publicKey, merkleRoot } };
      }),
    );
    const to = await stack.wallet.newAddress();
    const { scriptPubKey } = await stack.wallet.call(
      "getaddressinfo",
      [to],
      z.object({ scriptPubKey: z.string().transform((script): Hex => `0x${script}`) }),
    );
    const psbt = unsignedPsbt({
      inputs: coins,
      outputs: [{ script: scriptPubKey, value: BigInt(LOTS * PRICE - 1_000) }],
    });
    signDerived(psbt, coins, KEY);
    await stack.wallet.call("sendrawtransaction", [bytesToHex(extract(psbt)).slice(2)], z.string());
    await stack.wallet.mine(1);
    expect(await stack.wallet.call("getreceivedbyaddress", [to], z.number())).to.equal(0.00039);
  });

  it("beyond what leaves at once wait three days, over a reorg that takes the payment away for a while", async () => {
    const { reservation, sats, address } = await reserve(offer);
    await stack.wallet.pay(address, BigInt(sats.price));
    const [block] = await stack.wallet.mine(CONFIRMATIONS);
    await untilLots(reservation, "held");
    await stack.wallet.call("invalidateblock", [block], z.unknown());
    for (let i = 0; i <= CONFIRMATIONS; i++) {
      await stack.wallet.call("generateblock", [await stack.wallet.newAddress(), []], z.unknown());
    }
    await untilLots(reservation, "reserved");
    expect((await status(reservation)).sats.paid).to.equal(0);
    await stack.wallet.mine(CONFIRMATIONS);
    await untilLots(reservation, "held");
    await pass(3 * DAY - 600);
    expect(await lots(reservation)).to.include({ held: BigInt(LOTS), delivered: 0n });
    await pass(600);
    await untilLots(reservation, "delivered");
    expect((await status(reservation)).state).to.equal("delivered");
  });

  it("are free again when nobody has paid in time, and what it cost to lock them is the maker's", async () => {
    const before = await free(offer);
    const { reservation } = await reserve(offer);
    expect(await free(offer)).to.equal((before ?? 0) - LOTS);
    const refused = await run(maker, "expire", "--reservation", reservation).catch((error: Error) => error.message);
    expect(refused).to.match(/Swap_NotExpired/);
    await pass(3_600 + CONFIRMATIONS * 1_200 + 1);
    const now = await status(reservation);
    expect([now.state, now.pay], "asks for nothing that may come too late").to.deep.equal(["overdue", undefined]);
    const bonds = await inVault(maker);
    await run(maker, "expire", "--reservation", reservation);
    expect((await inVault(maker)) - bonds).to.equal(BOND);
    expect(await free(offer)).to.equal(before);
    expect((await status(reservation)).state).to.equal("expired");
  });

  it("are bought by a late payment while the offer has any, and not after it was closed", async () => {
    const reservations = [await reserve(offer), await reserve(offer)];
    await pass(3_600 + CONFIRMATIONS * 1_200 + 1);
    for (const { reservation } of reservations) await run(maker, "expire", "--reservation", reservation);
    const [late, tooLate] = reservations;
    if (late === undefined || tooLate === undefined) throw new Error("unreachable");
    const before = await free(offer);
    await payInFull(late);
    const id = late.reservation;
    await until("bought", async () => ((await lots(id)).reserved === 0n && (await lots(id)).paid > 0n) || undefined, {
      clock,
      signal,
    });
    expect(await free(offer)).to.equal((before ?? 0) - LOTS);
    await run(maker, "close", "--offer", offer);
    expect(await free(offer)).to.equal(undefined);
    await payInFull(tooLate);
    await until("counted", async () => ((await lots(tooLate.reservation)).paid > 0n ? true : undefined), {
      clock,
      signal,
    });
    const now = await status(tooLate.reservation);
    expect(now).to.deep.include({ state: "expired", lots: { ordered: LOTS, reserved: 0, held: 0, delivered: 0 } });
    expect(now.sats).to.deep.equal({ price: LOTS * PRICE, paid: LOTS * PRICE });
  });
});
