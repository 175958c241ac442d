// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { z } from "zod";
import { ensureDualNetwork } from "../../../scripts/devcloud/recordAccess.ts";
import type { Recorder } from "../../../scripts/devcloud/recorder.ts";
import { accessPolicySchema, firewallRules, versionsOf } from "../../../va/accessPolicy.ts";
import type { Compute, PortAccess } from "../../../va/openstack/compute.ts";
import { openStackCompute } from "../../../va/openstack/index.ts";
import { manualClock } from "../../fakes/clock.ts";
import { failure, openRig, type Rig } from "./rig.ts";
import { type Bench, connect, countPorts, DUAL, EXTERNAL, openBench, openRecorder, targets, until } from "./targets.ts";

const groupsSchema = z.object({
  security_groups: z.array(
    z.object({ id: z.string(), security_group_rules: z.array(z.looseObject({ direction: z.string() })) }),
  ),
});
const floatingSchema = z.object({ floatingips: z.array(z.object({ port_id: z.string().nullable() })) });

/** What a policy means on a network of the cloud. */
async function access(compute: Compute, network: string, policy: z.input<typeof accessPolicySchema>) {
  const { signal } = new AbortController();
  const { id } = await compute.resolveNetwork(network, signal);
  const parsed = accessPolicySchema.parse(policy);
  const { floatingNetwork, securityGroups } = parsed;
  const rules = firewallRules(parsed);
  return compute.resolveAccess(id, { versions: versionsOf(parsed), floatingNetwork, securityGroups, rules }, signal);
}

const NOTHING: PortAccess = { subnetIds: undefined, securityGroupIds: undefined, floatingNetworkId: undefined };

for (const target of targets()) {
  describe(`access on ${target.name}`, function () {
    this.timeout(target.patience * 3);
    let bench: Bench;
    let recorder: Recorder;
    const groups: string[] = [];

    before(async () => {
      bench = await openBench(target);
      recorder = await openRecorder(bench.credential, bench.signal);
      await ensureDualNetwork(recorder, DUAL);
    });
    after(async () => {
      for (const server of await bench.compute.listServers(bench.tag, bench.signal)) await gone(server);
      for (const id of groups) await ask("DELETE", `/security-groups/${id}`);
      await bench.cleanUp();
    });

    const ask = async (method: "GET" | "POST" | "DELETE", path: string, body?: unknown) =>
      (await recorder.ask({ service: "network", method, path, ...(body === undefined ? {} : { body }) })).body;
    const floating = async () =>
      floatingSchema.parse(await ask("GET", `/floatingips?description=xov+${bench.tag}`)).floatingips;
    const gone = (server: { id: string; name: string }) =>
      until(
        target,
        () => bench.compute.deleteServer(server, bench.signal),
        (answer) => answer === "gone",
      );
    const make = async (suffix: string, policy: z.input<typeof accessPolicySchema>, network = "xov-net") => {
      const { compute, signal } = bench;
      const { id: networkId } = await compute.resolveNetwork(network, signal);
      const request = bench.request(suffix, { networkId, access: await access(compute, network, policy) });
      const { id } = await compute.createServer(request, signal);
      return { ...(await bench.settled(id, "ACTIVE")), request };
    };

    it("asks nothing of the cloud when the policy says nothing", async () => {
      expect(await access(bench.compute, "xov-net", {})).to.deep.equal(NOTHING);
    });

    it("gives a floating IP with the server, once, and takes it back with it", async () => {
      const server = await make("floating", { floatingNetwork: EXTERNAL });
      const addresses = server.addresses.filter(({ type }) => type === "floating");
      expect(addresses.map(({ address }) => address.slice(0, 10))).to.deep.equal(["203.0.113."]);
      expect(await floating()).to.have.length(1);
      expect((await connect(bench.credential).createServer(server.request, bench.signal)).id).to.equal(server.id);
      expect(await floating()).to.have.length(1);
      await gone(server);
      expect(await floating()).to.deep.equal([]);
    });

    it("keeps neither port nor floating IP when no router leads out", async () => {
      const { compute, signal, credential } = bench;
      const { id: networkId } = await compute.resolveNetwork(DUAL, signal);
      const wanted = await access(compute, DUAL, { floatingNetwork: EXTERNAL });
      const request = bench.request("no-way-out", { networkId, access: wanted });
      const error = await failure(compute.createServer(request, signal));
      expect(error).to.include({ code: "NOT_FOUND", uncertain: false });
      expect(error.message).to.contain("is not reachable from subnet");
      expect(await countPorts(credential, request.name, signal)).to.equal(0);
      expect(await floating()).to.deep.equal([]);
    });

    it("gives an address of each version that is asked for", async () => {
      const versions = async (suffix: string, policy: z.input<typeof accessPolicySchema>) => {
        const server = await make(suffix, policy, DUAL);
        await gone(server);
        return server.addresses.map(({ version }) => version).sort();
      };
      expect(await versions("any", {})).to.deep.equal([4, 6]);
      expect(await versions("both", { addresses: ["ipv4", "ipv6"] })).to.deep.equal([4, 6]);
      expect(await versions("six", { addresses: ["ipv6"] })).to.deep.equal([6]);
      const error = await failure(access(bench.compute, "xov-net", { addresses: ["ipv6"] }));
      expect(error).to.include({ code: "NOT_FOUND" });
      expect(error.message).to.contain("No IPv6 subnet");
    });

    it("makes the group of the rules once, completes one that is half made, and puts servers in it", async () => {
      const rules = [
        { protocol: "tcp", ports: 22 },
        { protocol: "icmp", from: `10.${process.pid % 250}.0.0/16` },
        { protocol: "icmp", from: "fd00::/8" },
        { protocol: "any", from: "192.0.2.0/24" },
      ] as const;
      const policy = { rules: [...rules] };
      const both = await Promise.all([
        access(bench.compute, "xov-net", policy),
        access(connect(bench.credential), "xov-net", policy),
      ]);
      const found = await access(bench.compute, "xov-net", policy);
      const [id = ""] = found.securityGroupIds ?? [];
      groups.push(id, ...both.flatMap(({ securityGroupIds }) => securityGroupIds ?? []));
      expect(new Set(groups)).to.have.property("size", 1);
      const ours = async () =>
        groupsSchema.parse(await ask("GET", "/security-groups")).security_groups.find((group) => group.id === id);
      const ingress = async () => {
        const all = (await ours())?.security_group_rules ?? [];
        return all.filter(({ direction }) => direction === "ingress");
      };
      expect(await ingress()).to.have.length(5);
      await access(bench.compute, "xov-net", policy);
      expect(await ingress()).to.have.length(5);
      const server = await make("grouped", policy);
      const { ports } = z
        .object({ ports: z.array(z.object({ security_groups: z.array(z.string()) })) })
        .parse(await ask("GET", `/ports?name=${server.name}`));
      expect(ports[0]?.security_groups).to.deep.equal([id]);
      await gone(server);
    });

    it("finds groups by name, and says what they let in", async () => {
      const { compute, signal } = bench;
      const name = `${bench.tag}.ssh`;
      const group = z.object({ security_group: z.object({ id: z.string() }) });
      const create = async () => {
        const made = await ask("POST", "/security-groups", { security_group: { name } });
        const { id } = group.parse(made).security_group;
        groups.push(id);
        return id;
      };
      expect(await failure(access(compute, "xov-net", { securityGroups: [name] }))).to.include({ code: "NOT_FOUND" });
      const id = await create();
      const security_group_rule = { security_group_id: id, direction: "ingress", protocol: "tcp", port_range_min: 22 };
      await ask("POST", "/security-group-rules", {
        security_group_rule: { ...security_group_rule, port_range_max: 23, remote_ip_prefix: "0.0.0.0/0" },
      });
      expect((await access(compute, "xov-net", { securityGroups: [name] })).securityGroupIds).to.deep.equal([id]);
      expect(await compute.ingressRules([name], signal)).to.deep.equal([
        { version: 4, protocol: "tcp", ports: [22, 23], from: undefined },
      ]);
      expect(await compute.ingressRules(["default"], signal)).to.deep.equal([]);
      await create();
      expect(await failure(access(compute, "xov-net", { securityGroups: [name] }))).to.include({ code: "CONFLICT" });
    });

    it("counts the ports and floating IPs that the quota has left", async () => {
      const { compute, signal } = bench;
      const [ports, both] = [await compute.addressRoom(false, signal), await compute.addressRoom(true, signal)];
      expect(ports).to.be.within(1, 1_000);
      expect(both).to.be.within(1, Math.min(200, ports));
      const server = await make("counted", { floatingNetwork: EXTERNAL });
      expect(await compute.addressRoom(false, signal)).to.equal(ports - 1);
      expect(await compute.addressRoom(true, signal)).to.equal(both - 1);
      await gone(server);
    });

    it("has a console's URL only where there is a graphical console", async () => {
      const server = await make("console", {});
      expect(await bench.compute.getConsoleUrl(server.id, bench.signal)).to.equal(undefined);
      await gone(server);
    });
  });
}

describe("access when the cloud fails", () => {
  let rig: Rig;
  afterEach(() => rig?.cloud.close());
  const floating = () => rig.cloud.control.floatingIps();
  const withFloating = async () =>
    rig.request("a", { access: await access(rig.compute, "xov-net", { floatingNetwork: EXTERNAL }) });

  it("finds a console's URL", async () => {
    rig = await openRig({ graphicalConsole: true });
    const { id } = await rig.compute.createServer(await rig.request("a"), rig.signal);
    expect(await rig.compute.getConsoleUrl(id, rig.signal)).to.match(/^http.*vnc_auto\.html/);
  });

  it("leaks no floating IP when the answer to its making is lost", async () => {
    const clock = manualClock();
    rig = await openRig({ clock });
    const request = await withFloating();
    rig.cloud.control.fault({ method: "POST", path: "/floatingips$", effect: { kind: "loseReply" } });
    expect(await failure(rig.compute.createServer(request, rig.signal))).to.include({ uncertain: true });
    expect(floating()).to.have.length(1);
    const error = await failure(rig.compute.createServer(request, rig.signal));
    await clock.advance(error.retryAfterMs ?? 0);
    const server = await rig.compute.createServer(request, rig.signal);
    expect(floating()).to.have.length(1);
    expect(rig.cloud.control.ports()).to.have.length(1);
    await rig.compute.deleteServer(server, rig.signal);
    await rig.compute.deleteServer(server, rig.signal);
    expect(floating()).to.deep.equal([]);
  });

  it("makes nothing when the quota of floating IPs is used up, and says so", async () => {
    rig = await openRig({ quotas: { floatingIps: 0 } });
    const error = await failure(rig.compute.createServer(await withFloating(), rig.signal));
    expect(error).to.include({ code: "QUOTA_EXCEEDED", uncertain: false });
    expect(error.message).to.contain("floatingip");
    expect(rig.cloud.control.ports()).to.deep.equal([]);
    expect(await rig.compute.addressRoom(true, rig.signal)).to.equal(0);
  });

  it("collects floating IPs whose port went, after ten minutes, and no other's", async () => {
    const clock = manualClock();
    rig = await openRig({ clock });
    const server = await rig.compute.createServer(await withFloating(), rig.signal);
    const stranger = await rig.compute.createServer(
      { ...(await withFloating()), name: "b", tags: ["xov-other"] },
      rig.signal,
    );
    const [port] = rig.cloud.control.ports().filter(({ name }) => name === "a");
    const recorder = await openRecorder(rig.cloud.credential, rig.signal);
    await recorder.ask({ service: "network", method: "DELETE", path: `/ports/${port?.id}` });
    rig.cloud.control.vanish(server.id);
    rig.cloud.control.vanish(stranger.id);
    await rig.compute.removeLeftovers("xov-test", rig.signal);
    expect(floating()).to.have.length(2);
    await clock.advance(11 * 60_000);
    await rig.compute.removeLeftovers("xov-test", rig.signal);
    expect(floating().map(({ description }) => description)).to.deep.equal(["xov xov-other"]);
  });

  it("completes a group whose rules were not made, and takes rules that another has just made for made", async () => {
    rig = await openRig();
    const policy = {
      rules: [{ protocol: "tcp", ports: 22 } as const, { protocol: "any", from: "10.0.0.0/8" } as const],
    };
    rig.cloud.control.fault({ method: "POST", path: "/security-group-rules$", effect: { kind: "loseRequest" } });
    await failure(access(rig.compute, "xov-net", policy));
    await access(rig.compute, "xov-net", policy);
    rig.cloud.control.fault({ method: "POST", path: "/security-group-rules$", effect: { kind: "loseReply" } });
    const other = { rules: [{ protocol: "udp" as const, ports: 53 }] };
    await failure(access(rig.compute, "xov-net", other));
    await access(rig.compute, "xov-net", other);
    const made = rig.cloud.control.securityGroups().filter(({ name }) => name !== "default");
    expect(made.map(({ rules }) => rules.filter(({ direction }) => direction === "ingress").length)).to.deep.equal([
      3, 2,
    ]);
  });

  it("lives without routers in the cloud", async () => {
    rig = await openRig();
    const refused = {
      kind: "status",
      status: 404,
      body: { NeutronError: { type: "HTTPNotFound", message: "no" } },
    } as const;
    rig.cloud.control.fault({ path: "/floatingips", times: 10, effect: refused });
    const compute = openStackCompute({
      credential: rig.cloud.credential,
      clock: { now: Date.now, sleep: async () => undefined },
    });
    const server = await compute.createServer(await rig.request("a"), rig.signal);
    await compute.deleteServer(server, rig.signal);
    expect(await compute.deleteServer(server, rig.signal)).to.equal("gone");
    expect(rig.cloud.control.ports()).to.deep.equal([]);
  });
});
