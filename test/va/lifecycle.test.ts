// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createWalletClient, type Hex, http, keccak256, type LocalAccount, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { abis } from "../../offchain/chain/abis.ts";
import { signLaunch } from "../../offchain/lease/actions.ts";
import type { HolderKeys } from "../../offchain/lease/holderKeys.ts";
import { sealLaunchSpec } from "../../offchain/lease/launchSpec.ts";
import { recipientOfSealKey } from "../../offchain/lease/sealing.ts";
import { providerRoles, role } from "../../scripts/devnet/roles.ts";
import { CLOSE_REASONS } from "../../va/types.ts";
import { createWorld, eventually, opened, PRICE, type World } from "./world.ts";

const LONG_MS = 60_000;

describe("a lease's life, with the appliance's process", function () {
  this.timeout(240_000);
  let world: World;
  let metrics: string;

  before(async () => {
    world = await createWorld();
    await world.startVa({ EVICT_AFTER_S: "10", METRICS_PORT: "0" }).then(({ ready }) => {
      metrics = ready.metrics ?? "";
    });
    await eventually("an ask", async () => (await world.asks()).length === 1);
  });
  after(() => world?.stop());

  const servers = (leaseId: Hex) =>
    world.cloud.control.servers().filter(({ metadata }) => metadata.xov_lease === leaseId);
  const running = async () => {
    const lease = await world.lease();
    await world.pay(lease.leaseId, PRICE);
    await eventually("posted", async () => (await world.posted(lease.leaseId)).length === 1, LONG_MS);
    return lease;
  };
  const leases = () => ({ address: world.deployment.contracts.Leases, abi: abis.Leases }) as const;
  const walletOf = (account: LocalAccount) => createWalletClient({ account, transport: http(world.anvil.url) });
  const mined = async (hash: Hex) => {
    const { status } = await world.client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
    expect(status).to.equal("success");
  };
  const relaunch = async (leaseId: Hex, keys: HolderKeys, userData: string) => {
    const spec = { image: "debian-12", sshKeys: [], userData, recipient: keys.ageRecipient };
    const sealedSpec = toHex(await sealLaunchSpec(spec, recipientOfSealKey(world.sealKey)));
    const holder = keys.account.address;
    const nonce = await world.client.readContract({ ...leases(), functionName: "nonces", args: [holder] });
    const deadline = (await world.client.getBlock()).timestamp + 600n;
    const domain = { chainId: world.anvil.chainId, leases: leases().address };
    const signature = await signLaunch(leaseId, sealedSpec, { nonce, deadline }, domain, keys.account);
    const relayer = privateKeyToAccount(role("relayer").privateKey);
    const args = [leaseId, { sealKeyHash: keccak256(world.sealKey), sealedSpec }, deadline, signature] as const;
    await mined(await walletOf(relayer).writeContract({ ...leases(), chain: null, functionName: "launchBySig", args }));
  };

  it("launched anew, it gets a new server of the new spec, and the old one goes", async () => {
    const { leaseId, keys } = await running();
    const [before] = servers(leaseId);
    await relaunch(leaseId, keys, "#!/bin/sh\necho anew\n");
    await eventually("posted again", async () => (await world.posted(leaseId)).length === 2, LONG_MS);
    const after = servers(leaseId);
    expect(after.map(({ status }) => status)).to.deep.equal(["ACTIVE"]);
    expect(after[0]?.id).to.not.equal(before?.id);
    expect(Buffer.from(after[0]?.userData ?? "", "base64").toString()).to.contain("echo anew");
    expect((await opened((await world.posted(leaseId))[1], keys.ageIdentity)).user).to.equal("debian");
    expect((await world.status(leaseId)).state).to.equal("active");
  });

  it("with its server in ERROR, it gets it back by a reboot; or is evicted with the fault, and refunded", async () => {
    const { leaseId } = await running();
    const [{ id } = { id: "" }] = servers(leaseId);
    world.cloud.control.force(id, "error");
    await eventually("runs again", () => servers(leaseId)[0]?.status === "ACTIVE", LONG_MS);
    expect(world.cloud.control.calls("POST", `${id}/action`)).to.have.length.greaterThan(0);
    expect((await world.status(leaseId)).state).to.equal("active");

    const cold = privateKeyToAccount(providerRoles(0).cold.privateKey);
    const providers = { address: world.deployment.contracts.Providers, abi: abis.Providers, chain: null } as const;
    const allow = async (perDay: number) => {
      const args = [world.appliance, perDay] as const;
      await mined(await walletOf(cold).writeContract({ ...providers, functionName: "setEvictionLimit", args }));
    };
    await allow(0);
    const another = await running();
    const [{ id: broken } = { id: "" }] = servers(another.leaseId);
    const refusal = {
      kind: "status",
      status: 409,
      body: { conflictingRequest: { code: 409, message: "no" } },
    } as const;
    world.cloud.control.fault({ method: "POST", path: `${broken}/action$`, times: 1_000, effect: refusal });
    world.cloud.control.force(broken, "error");
    const log = () => world.written();
    await eventually("its operator is told", async () => (await log()).includes("Providers.setEvictionLimit"), LONG_MS);
    expect((await world.status(another.leaseId)).state).to.equal("active");
    await allow(1);
    // What was refused is tried again after a minute.
    await eventually("closed", async () => (await world.status(another.leaseId)).stored === "closed", 2 * LONG_MS);
    const status = await world.status(another.leaseId);
    expect(CLOSE_REASONS[status.reason]).to.equal("evicted");
    expect(status.refundable > 0n).to.equal(true);
    const found = await world.client.getContractEvents({ ...leases(), eventName: "Evicted", fromBlock: 0n });
    expect(found.map(({ args }) => args.explanation)).to.deep.equal([`The server ${broken} is in ERROR: Forced`]);
    await eventually("it is gone", () => servers(another.leaseId).length === 0, LONG_MS);
    expect(servers(leaseId).map(({ status }) => status)).to.deep.equal(["ACTIVE"]);
    const text = await (await fetch(new URL("metrics", metrics))).text();
    expect(text)
      .to.match(/^xov_va_evictions_total 1$/m)
      .and.match(/^xov_va_unserved_leases 0$/m);
    world.cloud.control.clear();
  });

  it("under its provider's notice, it runs until what is paid is used up, and goes without grace", async () => {
    const { leaseId } = await running();
    const cold = privateKeyToAccount(providerRoles(0).cold.privateKey);
    const call = { ...leases(), chain: null, functionName: "giveNotice", args: [leaseId] } as const;
    await mined(await walletOf(cold).writeContract(call));
    await world.pass(1_800);
    expect(servers(leaseId).map(({ status }) => status)).to.deep.equal(["ACTIVE"]);
    await world.pass(1_830);
    await eventually("it is gone", () => servers(leaseId).length === 0, LONG_MS);
    await eventually("closed", async () => (await world.status(leaseId)).stored === "closed", LONG_MS);
  });
});
