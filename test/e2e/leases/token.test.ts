// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Abi, Hex } from "viem";
import { abis } from "../../../offchain/chain/abis.ts";
import { systemClock as clock } from "../../../offchain/core/clock.ts";
import { sealLaunchSpec } from "../../../offchain/lease/launchSpec.ts";
import { recipientOfSealKey } from "../../../offchain/lease/sealing.ts";
import { until } from "../../../scripts/demo/steps.ts";
import type { Daemon } from "../../../scripts/devnet/daemons.ts";
import type { LeaseNow } from "../../../scripts/devnet/lease.ts";
import { openTokenMarket, type Shop, type TokenMarket } from "../../../scripts/devnet/tokenMarket.ts";
import { launchBySignature, stopBySignature, takeWithPermit } from "../../../scripts/devnet/tokenUser.ts";
import type { SignedTake } from "../../../scripts/devnet/user.ts";
import { PermitToken__factory } from "../../../typechain-types/factories/mocks/PermitToken__factory.js";

const { signal } = new AbortController();
const HOUR = 3_600n;
const PRICE = 123_000n;

describe("a lease in a token, for a key that a browser keeps", function () {
  this.timeout(240_000);
  let market: TokenMarket;
  let shop: Shop;
  let va: Daemon;
  let lease: SignedTake;

  before(async () => {
    market = await openTokenMarket({ pools: 1 });
    const [first] = market.shops;
    if (first === undefined) throw new Error("no shop");
    shop = first;
    va = await shop.startVa();
  });
  after(async () => {
    await va?.stop();
    await market?.stop();
  });

  const eventually = <T>(what: string, ask: () => Promise<T | undefined>) => until(what, ask, { clock, signal });
  const leaseIs = (is: (now: LeaseNow) => boolean) =>
    eventually("the lease's state", async () => {
      const now = await market.chain.lease(lease.leaseId);
      return now !== undefined && is(now) ? now : undefined;
    });
  const serversAre = (count: number) =>
    eventually(`${count} servers`, async () => {
      const servers = market.cloud.control.servers();
      return servers.length === count && servers.every(({ status }) => status === "ACTIVE") ? servers : undefined;
    });
  const inVault = (account: string) => market.read<bigint>("Vault", "balanceOf", [market.token, account]);
  const accessCount = async () => {
    const { Leases } = market.stack.deployment.contracts;
    const filter = { address: Leases, abi: abis.Leases, args: { leaseId: lease.leaseId }, fromBlock: 0n } as const;
    return (await market.client.getContractEvents({ ...filter, eventName: "Started" })).length;
  };

  it("is opened and paid by a script account in one transaction, and served", async () => {
    const ask = await eventually("an ask", () => market.chain.openAsk(shop.appliance));
    lease = await takeWithPermit(market, ask.order, 10);
    await leaseIs(({ state }) => state === "active");
    const access = await eventually("access", () => market.chain.access(lease.leaseId, lease.keys.ageIdentity));
    expect(access.addresses).to.have.length(1);
    await serversAre(1);
  });

  it("is launched anew by signature: another server, once that is final", async () => {
    const [before] = market.cloud.control.servers();
    const { sealKey } = await market.read<{ sealKey: Hex }>("Providers", "appliance", [shop.appliance]);
    const spec = { image: "debian-12", sshKeys: [], userData: "#!/bin/sh", recipient: lease.keys.ageRecipient };
    const sealed = await sealLaunchSpec(spec, recipientOfSealKey(sealKey));
    const sealedSpec: Hex = `0x${Buffer.from(sealed).toString("hex")}`;
    const launch = { sealKeyHash: lease.take.launch.sealKeyHash, sealedSpec };
    expect(await launchBySignature(market, lease.leaseId, lease.keys, launch)).to.equal(202);
    await eventually("a second start", async () => ((await accessCount()) === 2 ? true : undefined));
    const [after] = await serversAre(1);
    expect(after?.id).to.not.equal(before?.id);
    expect(Buffer.from(after?.userData ?? "", "base64").toString()).to.equal("#!/bin/sh");
  });

  it("is stopped by signature: every unit is refunded or earned, and the server is deleted", async () => {
    await market.pass(4_000, [shop.appliance]);
    expect(await stopBySignature(market, lease.leaseId, lease.keys)).to.equal(202);
    await leaseIs(({ state }) => state === "closed");
    const { Leases, Providers } = market.stack.deployment.contracts;
    const [closed] = await market.client.getContractEvents({
      address: Leases,
      abi: abis.Leases,
      eventName: "LeaseClosed",
      args: { leaseId: lease.leaseId },
      fromBlock: 0n,
      strict: true,
    });
    if (closed === undefined) throw new Error("no LeaseClosed");
    const [started] = await market.client.getContractEvents({
      address: Leases,
      abi: abis.Leases,
      eventName: "Started",
      args: { leaseId: lease.leaseId },
      fromBlock: 0n,
      strict: true,
    });
    const providers = { address: Providers, abi: abis.Providers } as const;
    const end = await market.client.readContract({
      ...providers,
      functionName: "clockOf",
      args: [shop.appliance],
      blockNumber: closed.blockNumber,
    });
    const elapsed = end - (started?.args.periodStart ?? 0n);
    expect(elapsed >= 4_000n).to.equal(true);
    const earned = (PRICE * elapsed) / HOUR;
    expect(closed.args).to.deep.include({ reason: 1, earned, refundable: 10n * PRICE - earned });
    expect(await inVault(lease.keys.account.address)).to.equal(10n * PRICE - earned);
    await serversAre(0);
  });

  it("pays its provider, who withdraws all of it", async () => {
    const { Vault, Leases } = market.stack.deployment.contracts;
    const { address } = market.provider;
    const refund = await inVault(lease.keys.account.address);
    const earnings = await eventually("the VA settles", async () => (await inVault(address)) || undefined);
    expect(earnings + refund).to.equal(10n * PRICE);
    expect(await inVault(Leases)).to.equal(0n);
    await market.write(market.provider, Vault, abis.Vault as Abi, "withdraw", [market.token, earnings, address]);
    const token = { address: market.token, abi: PermitToken__factory.abi, functionName: "balanceOf" } as const;
    expect(await market.client.readContract({ ...token, args: [address] })).to.equal(earnings);
    expect(await market.client.readContract({ ...token, args: [Vault] })).to.equal(refund);
  });
});
