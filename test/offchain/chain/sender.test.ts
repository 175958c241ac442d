// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type Address, createWalletClient, http } from "viem";
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { createChain } from "../../../offchain/chain/clients.ts";
import { LONGEST_LAG_MS } from "../../../offchain/chain/nonces.ts";
import { createSender, type SenderParameters } from "../../../offchain/chain/sender.ts";
import { isRevert, TransactionError } from "../../../offchain/chain/transactionError.ts";
import { systemClock } from "../../../offchain/core/clock.ts";
import { type Anvil, startAnvil } from "../../../scripts/devnet/anvil.ts";
import { type RpcProxy, rpcProxy } from "../../fakes/rpcProxy.ts";
import { account, deployEmitter, emitterAbi, type TestClient, testClient } from "./emitter.ts";

const GWEI = 10n ** 9n;
/** Anvil's second account. */
const other = mnemonicToAccount("test test test test test test test test test test test junk", { addressIndex: 1 });

describe("createSender, with anvil", function () {
  this.timeout(60_000);
  let anvil: Anvil;
  let node: TestClient;
  let proxy: RpcProxy;
  let emitter: Address;
  const { signal } = new AbortController();

  before(async () => {
    anvil = await startAnvil({ blockTime: "manual" });
    node = testClient(anvil.url);
    proxy = await rpcProxy(anvil.url);
    emitter = await deployEmitter(anvil.url);
  });
  after(async () => {
    await proxy.stop();
    await anvil.stop();
  });
  beforeEach(() => node.setAutomine(true));

  const sender = (more: Partial<SenderParameters> = {}, url = anvil.url) =>
    createSender({
      chain: createChain({ rpcUrls: [url], chainId: anvil.chainId, timeoutMs: 2_000 }),
      account,
      clock: systemClock,
      pollMs: 20,
      ...more,
    });
  const note = { functionName: "note", args: [1n, 1n] } as const;
  const contract = () => ({ address: emitter, abi: emitterAbi });
  const failure = async (promise: Promise<unknown>): Promise<TransactionError> => {
    const error = await promise.then(
      () => undefined,
      (e: unknown) => e,
    );
    if (error instanceof TransactionError) return error;
    throw error ?? new Error("it succeeded");
  };

  it("sends and returns the receipt", async () => {
    const receipt = await sender().submit({ ...contract(), ...note }, signal);
    expect(receipt.status).to.equal("success");
    expect(receipt.logs.length).to.equal(2);
  });

  it("gives calls at the same time nonces in order", async () => {
    const { submit } = sender();
    const receipts = await Promise.all(Array.from({ length: 10 }, () => submit({ ...contract(), ...note }, signal)));
    const nonces = await Promise.all(
      receipts.map(async ({ transactionHash: hash }) => (await node.getTransaction({ hash })).nonce),
    );
    const [first = 0] = nonces;
    expect(nonces).to.deep.equal(Array.from({ length: 10 }, (_, i) => first + i));
  });

  it("shows a custom error with its arguments before anything is sent", async () => {
    const before = await node.getTransactionCount({ address: account.address });
    const call = { ...contract(), functionName: "enough", args: [3n], value: 1n } as const;
    const error = await failure(sender().submit(call, signal));
    expect(error).to.include({ code: "REVERTED", hash: undefined, retryable: false });
    expect(error.revert).to.deep.include({ errorName: "TooSmall", args: [3n, 10n] });
    expect(error.message).to.include("TooSmall(3, 10)");
    expect(isRevert(error, "TooSmall")).to.equal(true);
    const bare = await failure(sender().submit({ ...contract(), functionName: "bare" }, signal));
    expect(bare.revert).to.deep.include({ errorName: undefined, data: "0x" });
    expect(await node.getTransactionCount({ address: account.address })).to.equal(before);
  });

  it("tells a transaction that was mined and reverted from one that was refused before", async () => {
    await node.setAutomine(false);
    const sent = failure(sender().submit({ ...contract(), functionName: "enough", args: [15n] }, signal));
    while ((await node.getTxpoolStatus()).pending < 1) await systemClock.sleep(20);
    // Comes first in the same block, as it pays more.
    const set = { ...contract(), functionName: "setNeed", args: [20n] } as const;
    const fees = { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: 50n * GWEI };
    await createWalletClient({ account: other, chain: foundry, transport: http(anvil.url) }).writeContract({
      ...set,
      ...fees,
    });
    await node.mine({ blocks: 1 });
    const error = await sent;
    await node.setAutomine(true);
    await sender({ account: other }).submit({ ...set, args: [10n] }, signal);
    expect(error.code).to.equal("REVERTED");
    expect(error.hash).to.match(/^0x/);
    expect(error.revert).to.deep.include({ errorName: "TooSmall", args: [15n, 20n] });
  });

  it("replaces a transaction that is stuck, with higher fees", async () => {
    await node.setAutomine(false);
    const usual = await node.estimateFeesPerGas();
    const sent = sender({ bumpAfterMs: 200 }).submit({ ...contract(), ...note }, signal);
    await systemClock.sleep(900);
    const pool = await node.getTxpoolContent();
    const pending = Object.values(pool.pending).flatMap((byNonce) => Object.values(byNonce));
    expect(pending.length).to.equal(1);
    await node.mine({ blocks: 1 });
    const receipt = await sent;
    const transaction = await node.getTransaction({ hash: receipt.transactionHash });
    expect(receipt.status).to.equal("success");
    expect(transaction.maxPriorityFeePerGas ?? 0n).to.be.greaterThan(usual.maxPriorityFeePerGas);
  });

  it("takes the place of a transaction that an earlier process left waiting", async () => {
    await node.setAutomine(false);
    const earlier = new AbortController();
    const first = sender().submit({ ...contract(), ...note }, earlier.signal);
    while ((await node.getTxpoolStatus()).pending < 1) await systemClock.sleep(20);
    earlier.abort(new Error("killed"));
    expect(await first.catch((error: Error) => error.message)).to.equal("killed");
    const second = sender().submit({ ...contract(), functionName: "note", args: [7n, 2n] }, signal);
    await systemClock.sleep(300);
    await node.mine({ blocks: 1 });
    expect((await second).logs.length).to.equal(4);
    expect((await node.getTxpoolStatus()).pending).to.equal(0);
  });

  it("looks for a transaction whose sending got no answer, and does not send another", async () => {
    proxy.loses.add("eth_sendRawTransaction");
    const before = await node.getTransactionCount({ address: account.address });
    const { status } = await sender({}, proxy.url).submit({ ...contract(), ...note }, signal);
    proxy.loses.clear();
    expect(status).to.equal("success");
    expect(await node.getTransactionCount({ address: account.address })).to.equal(before + 1);
  });

  it("says when a transaction is not mined in time, and gives its nonce to the next", async () => {
    await node.setAutomine(false);
    const { submit } = sender({ giveUpAfterMs: 200 });
    const error = await failure(submit({ ...contract(), ...note }, signal));
    expect(error).to.include({ code: "NOT_MINED", retryable: false });
    const next = submit({ ...contract(), functionName: "note", args: [1n, 3n] }, signal);
    await systemClock.sleep(100);
    await node.mine({ blocks: 1 });
    expect((await next).logs.length).to.equal(6);
  });

  describe("after a reorganisation that took its transactions back", () => {
    /** A sender that has had two transactions mined, which the chain then forgets; its clock can be put forward. */
    const taken = async (more: Partial<SenderParameters> = {}) => {
      let ahead = 0;
      const clock = { ...systemClock, now: () => systemClock.now() + ahead };
      const snapshot = await node.snapshot();
      const { submit, reorganised } = sender({ clock, ...more });
      const call = { ...contract(), ...note };
      const count = await node.getTransactionCount({ address: account.address });
      await submit(call, signal);
      await submit(call, signal);
      await node.revert({ id: snapshot });
      expect(await node.getTransactionCount({ address: account.address })).to.equal(count);
      const pass = (ms: number) => {
        ahead += ms;
      };
      return { submit: () => submit(call, signal), count, pass, reorganised };
    };
    const nonceOf = async (receipt: { transactionHash: `0x${string}` }) =>
      (await node.getTransaction({ hash: receipt.transactionHash })).nonce;

    it("believes the chain's count once no endpoint can be behind any more", async () => {
      const { submit, count, pass } = await taken();
      pass(LONGEST_LAG_MS + 1);
      expect(await nonceOf(await submit())).to.equal(count);
    });

    it("believes it at once when it is told", async () => {
      const { submit, count, reorganised } = await taken();
      await node.setAutomine(false);
      const waiting = submit().catch((error: unknown) => error);
      while ((await node.getTxpoolStatus()).queued < 1) await systemClock.sleep(20);
      reorganised();
      expect(await waiting).to.include({ code: "REORGANISED", retryable: true });
      await node.setAutomine(true);
      expect(await nonceOf(await submit())).to.equal(count);
      // What waited comes after it.
      expect(await nonceOf(await submit())).to.equal(count + 1);
      expect(await node.getTransactionCount({ address: account.address })).to.equal(count + 3);
    });

    it("fills the gap below a call that came before", async () => {
      const { submit, count, pass } = await taken();
      const calls = [submit(), submit()];
      while ((await node.getTxpoolStatus()).queued < 2) await systemClock.sleep(20);
      pass(LONGEST_LAG_MS);
      const both = await Promise.all(calls);
      expect(await Promise.all(both.map(nonceOf))).to.deep.equal([count + 2, count + 3]);
      expect(await node.getTransactionCount({ address: account.address })).to.equal(count + 4);
    });
  });

  it("says when another transaction took the nonce", async () => {
    await node.setAutomine(false);
    const sent = failure(sender().submit({ ...contract(), ...note }, signal));
    while ((await node.getTxpoolStatus()).pending < 1) await systemClock.sleep(20);
    const rival = sender().submit({ ...contract(), functionName: "note", args: [1n, 5n] }, signal);
    await systemClock.sleep(300);
    await node.mine({ blocks: 1 });
    await rival;
    expect(await sent).to.include({ code: "NONCE_TAKEN", retryable: true });
  });

  it("says when the account cannot pay, when fees are above the cap, and when no endpoint answers", async () => {
    const poor = privateKeyToAccount(generatePrivateKey());
    const call = { ...contract(), ...note };
    expect(await failure(sender({ account: poor }).submit(call, signal))).to.include({ code: "UNDERFUNDED" });
    const capped = await failure(sender({ maxFeePerGas: 5n }).submit(call, signal));
    expect(capped).to.include({ code: "FEE_TOO_HIGH", have: 5n, retryable: true });
    proxy.down = true;
    const down = await failure(sender({}, proxy.url).submit(call, signal));
    proxy.down = false;
    expect(down).to.include({ code: "RPC_FAILED", retryable: true });
    expect(down.message).not.to.include(proxy.url);
    expect((await sender().submit(call, signal)).status).to.equal("success");
  });
});
