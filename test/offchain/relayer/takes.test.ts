// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type Hex, keccak256 } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { signTerms, type Terms } from "../../../offchain/lease/terms.ts";
import { type Take, takeToJson } from "../../../offchain/relayer/take.ts";
import { role } from "../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { type Market, openMarket, openStack, PRICE } from "./support/market.ts";
import { eventually, type RunningRelayer, startRelayer } from "./support/relayers.ts";

describe("relayer: takes", function () {
  this.timeout(120_000);
  let stack: Stack;
  let market: Market;
  let relayer: RunningRelayer;
  let order: bigint;

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    relayer = await startRelayer({ stack, name: "relayer" });
    order = await market.placeAsk(2);
  });

  after(async () => {
    await relayer?.stop();
    await stack?.stop();
  });

  /** All that an accepted take would change. */
  const state = async () => ({
    ask: await market.read("Exchange", "ask", [order]),
    nonce: await market.client.getTransactionCount({ address: role("relayer").address }),
  });

  async function expectRefusal(
    body: unknown,
    expected: { status: number; code: string; have?: string; need?: string },
  ) {
    const before = await state();
    const answer = await relayer.post("/takes", body);
    expect(answer.body).to.include(expected);
    expect(answer.status).to.equal(expected.status);
    expect(answer.body.type).to.equal(`urn:xov:error:${expected.code}`);
    expect(await state()).to.deep.equal(before);
  }

  const sign = (terms: Terms, key: Hex) => {
    const domain = { chainId: stack.anvil.chainId, leases: stack.deployment.contracts.Leases };
    return signTerms(terms, domain, privateKeyToAccount(key));
  };

  it("does nothing more when a take is replayed", async () => {
    const { body, leaseId } = await market.take(order);
    const [first, second] = await Promise.all([relayer.post("/takes", body), relayer.post("/takes", body)]);
    expect([first.status, second.status].every((status) => status === 202 || status === 200)).to.equal(true);
    await eventually("open", async () => (await relayer.state(leaseId)) === "unfunded");
    const before = await state();
    expect(await relayer.post("/takes", body)).to.deep.equal({ status: 200, body: { leaseId } });
    expect((await state()).ask).to.deep.equal(before.ask);
  });

  it("takes it as done when another one has opened the lease", async () => {
    const { body, take, leaseId } = await market.take(order);
    const args = [take.order, take.terms, take.signature, take.launch];
    await market.write(market.bondPoster, { contract: "Exchange", functionName: "take", args });
    expect(await relayer.post("/takes", body)).to.deep.equal({ status: 200, body: { leaseId } });
  });

  describe("refuses altered terms, whichever field it is", () => {
    const altered: Record<keyof Terms, unknown> = {
      holder: privateKeyToAccount(generatePrivateKey()).address,
      appliance: 77,
      class: `0x${"22".repeat(32)}`,
      quote: `0x${"00".repeat(19)}01`,
      price: `${PRICE + 1n}`,
      startFee: "1",
      prepayment: `${PRICE * 3n}`,
      refundScript: `0x0014${"33".repeat(20)}`,
      launchSpecHash: `0x${"44".repeat(32)}`,
      salt: "1",
      deadline: "4000000000",
    };
    for (const [field, value] of Object.entries(altered)) {
      it(field, async () => {
        const { take } = await market.take(order);
        const json = takeToJson(take);
        const need = field === "holder" ? String(value) : take.terms.holder;
        const body = { ...json, terms: { ...json.terms, [field]: value } };
        await expectRefusal(body, { status: 422, code: "INVALID_SIGNATURE", need });
      });
    }
  });

  it("refuses an altered launch spec", async () => {
    const { body, take } = await market.take(order);
    const sealedSpec = "0x00";
    await expectRefusal(
      { ...body, launch: { ...take.launch, sealedSpec } },
      { status: 422, code: "Leases_LaunchSpecMismatch", have: keccak256(sealedSpec), need: take.terms.launchSpecHash },
    );
  });

  it("refuses a launch spec that is sealed to another key", async () => {
    const { body, take } = await market.take(order);
    const launch = { ...take.launch, sealKeyHash: `0x${"55".repeat(32)}` };
    await expectRefusal({ ...body, launch }, { status: 409, code: "Leases_SealKeyRotated", have: launch.sealKeyHash });
  });

  it("refuses an order that is not there", async () => {
    const { body } = await market.take(order);
    await expectRefusal({ ...body, order: "999" }, { status: 409, code: "Exchange_UnknownOrder" });
  });

  it("refuses the signature of somebody else", async () => {
    const { take } = await market.take(order);
    const key = generatePrivateKey();
    const body = takeToJson({ ...take, signature: await sign(take.terms, key) } satisfies Take);
    const have = privateKeyToAccount(key).address;
    await expectRefusal(body, { status: 422, code: "INVALID_SIGNATURE", have, need: take.terms.holder });
  });

  it("refuses what is no signature", async () => {
    const { body } = await market.take(order);
    await expectRefusal({ ...body, signature: "0x1234" }, { status: 422, code: "INVALID_SIGNATURE" });
  });

  it("refuses terms whose deadline has passed", async () => {
    const { timestamp } = await market.client.getBlock();
    const { body } = await market.take(order, { deadline: timestamp - 1n });
    await expectRefusal(body, { status: 422, code: "Leases_TermsExpired", need: `${timestamp - 1n}` });
  });

  it("refuses terms that do not match the ask", async () => {
    const { body } = await market.take(order, { price: PRICE + 1n });
    const expected = { status: 422, code: "Exchange_TermsMismatch", have: `${PRICE + 1n}`, need: `${PRICE}` };
    await expectRefusal(body, expected);
  });

  it("refuses what has the wrong form", async () => {
    const { body, take } = await market.take(order);
    await expectRefusal({}, { status: 400, code: "BAD_REQUEST" });
    await expectRefusal({ ...body, more: 1 }, { status: 400, code: "BAD_REQUEST" });
    const terms = { ...takeToJson(take).terms, price: 1000 };
    await expectRefusal({ ...body, terms }, { status: 400, code: "BAD_REQUEST", have: "terms.price" });
    const launch = { ...take.launch, sealedSpec: `0x${"00".repeat(4097)}` };
    await expectRefusal({ ...body, launch }, { status: 400, code: "BAD_REQUEST", have: "launch.sealedSpec" });
  });

  it("says so when it cannot post the bond itself", async () => {
    const poor = await startRelayer({ stack, name: "poor", by: role("user") });
    try {
      const { body } = await market.take(order);
      const answer = await poor.post("/takes", body);
      expect(answer.status).to.equal(503);
      expect(answer.body).to.include({ code: "Vault_BalanceTooSmall", have: "0", need: `${10n ** 18n}` });
    } finally {
      await poor.stop();
    }
  });

  it("knows no lease that nobody has told it of", async () => {
    const answer = await relayer.get(`/leases/0x${"66".repeat(32)}`);
    expect(answer.status).to.equal(404);
    expect(answer.body).to.include({ code: "NOT_FOUND", status: 404 });
    expect((await relayer.get("/leases/1")).status).to.equal(400);
    expect((await relayer.get("/nothing")).status).to.equal(404);
  });
});
