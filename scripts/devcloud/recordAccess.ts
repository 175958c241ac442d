// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { findBasis, portId, type RecordNames, serverId, untilGone, untilNot } from "./recordCompute.ts";
import type { LiveReply, RecordedService, Recorder } from "./recorder.ts";

const UNKNOWN = "00000000-0000-4000-8000-00000000ffff";

/** Names of what the recording of access uses. */
export interface AccessNames extends RecordNames {
  /** An external network to which `network` is routed. */
  readonly external: string;
  /** A network of the project's own with an IPv4 and an IPv6 (SLAAC) subnet and no router: see {@link ensureDualNetwork}. */
  readonly dual: string;
}

interface Scribe {
  readonly to: Recorder;
  readonly run: string;
  readonly record: (
    name: string,
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: unknown,
  ) => Promise<LiveReply>;
  readonly compute: (name: string, method: "GET" | "POST", path: string, body?: unknown) => Promise<LiveReply>;
}

const groupSchema = z.object({ security_group: z.object({ id: z.string() }) });
const floatingSchema = z.object({ floatingip: z.object({ id: z.string() }) });
const listed = z.looseObject({ id: z.string(), name: z.string() });

/** Addresses, security groups, floating IPs and consoles: what a member of the project may ask of them. */
export async function recordAccess(to: Recorder, names: AccessNames): Promise<void> {
  const send =
    (service: RecordedService): Scribe["record"] =>
    (name, method, path, body) =>
      to.send("access", name, { service, method, path, ...(body === undefined ? {} : { body }) });
  const scribe = {
    to,
    run: `xov-record-${Date.now().toString(36)}`,
    record: send("network"),
    compute: send("compute"),
  };
  const { record } = scribe;
  const basis = await findBasis(to, names);
  const external = await networkId(to, names.external);
  const dual = await ensureDualNetwork(to, names.dual);
  await record("network-external", "GET", `/networks?name=${names.external}`);
  await record("subnets", "GET", `/subnets?network_id=${basis.networkId}`);
  await record("subnets-dual", "GET", `/subnets?network_id=${dual}&sort_key=ip_version&sort_dir=asc`);
  const project = z
    .object({ networks: z.array(z.object({ project_id: z.string() })) })
    .parse((await to.ask({ service: "network", method: "GET", path: `/networks?name=${names.network}` })).body);
  await record("quota-details", "GET", `/quotas/${project.networks[0]?.project_id}/details.json`);
  const group = await recordGroups(scribe);
  await recordDual(scribe, dual, external);
  await recordFloating(scribe, { ...basis, external, group });
  await record("group-delete", "DELETE", `/security-groups/${group}`);
  await record("group-delete-gone", "DELETE", `/security-groups/${group}`);
}

async function networkId(to: Recorder, name: string): Promise<string> {
  const { body } = await to.ask({ service: "network", method: "GET", path: `/networks?name=${name}` });
  const [found] = z.object({ networks: z.array(listed) }).parse(body).networks;
  if (found === undefined) throw new Error(`no network ${name}`);
  return found.id;
}

/** Makes that network where it is not there. @returns its id */
export async function ensureDualNetwork(to: Pick<Recorder, "ask">, name: string): Promise<string> {
  const found = await to.ask({ service: "network", method: "GET", path: `/networks?name=${name}` });
  const [known] = z.object({ networks: z.array(listed) }).parse(found.body).networks;
  if (known !== undefined) return known.id;
  const made = await to.ask({ service: "network", method: "POST", path: "/networks", body: { network: { name } } });
  const { id } = z.object({ network: listed }).parse(made.body).network;
  const slaac = { ipv6_address_mode: "slaac", ipv6_ra_mode: "slaac" };
  for (const subnet of [
    { ip_version: 4, cidr: "10.77.8.0/24" },
    { ip_version: 6, cidr: "fd00:77::/64", ...slaac },
  ]) {
    const body = { subnet: { network_id: id, ...subnet } };
    await to.ask({ service: "network", method: "POST", path: "/subnets", body });
  }
  return id;
}

async function recordGroups({ run, record }: Scribe): Promise<string> {
  await record("groups-default", "GET", "/security-groups?name=default");
  await record("groups-none", "GET", "/security-groups?name=nosuch");
  const security_group = { name: `${run}.group`, description: "xov record" };
  const made = await record("group-create", "POST", "/security-groups", { security_group });
  const { id } = groupSchema.parse(made.body).security_group;
  const rule = { security_group_id: id, direction: "ingress" };
  const ssh = { ...rule, ethertype: "IPv4", protocol: "tcp", port_range_min: 22, port_range_max: 22 };
  const rules = [ssh, { ...rule, ethertype: "IPv6", protocol: "ipv6-icmp", remote_ip_prefix: "fd00::/8" }];
  await record("rules-create", "POST", "/security-group-rules", { security_group_rules: rules });
  await record("rule-exists", "POST", "/security-group-rules", { security_group_rule: ssh });
  await record("rule-unknown-group", "POST", "/security-group-rules", {
    security_group_rule: { ...ssh, security_group_id: UNKNOWN },
  });
  await record("groups-by-name", "GET", `/security-groups?name=${run}.group`);
  return id;
}

/** One address of each version, of one alone, and no way out. */
async function recordDual({ to, run, record }: Scribe, network: string, external: string): Promise<void> {
  const { body } = await to.ask({ service: "network", method: "GET", path: `/subnets?network_id=${network}` });
  const subnets = z
    .object({ subnets: z.array(z.object({ id: z.string(), ip_version: z.union([z.literal(4), z.literal(6)]) })) })
    .parse(body).subnets;
  const of = (version: 4 | 6) => subnets.filter((each) => each.ip_version === version).map(({ id }) => id);
  const port = (name: string, subnetIds: readonly string[] | undefined) => ({
    port: {
      name: `${run}.${name}`,
      network_id: network,
      description: run,
      ...(subnetIds === undefined ? {} : { fixed_ips: subnetIds.map((subnet_id) => ({ subnet_id })) }),
    },
  });
  const made = [
    await record("port-any", "POST", "/ports", port("any", undefined)),
    await record("port-v4", "POST", "/ports", port("v4", of(4))),
    await record("port-v6", "POST", "/ports", port("v6", of(6))),
    await record("port-both", "POST", "/ports", port("both", [...of(4), ...of(6)])),
  ].map(portId);
  await record("port-unknown-subnet", "POST", "/ports", port("bad", [UNKNOWN]));
  const [any, , v6] = made;
  const floatingip = { floating_network_id: external };
  await record("floating-no-router", "POST", "/floatingips", { floatingip: { ...floatingip, port_id: any } });
  await record("floating-v6", "POST", "/floatingips", { floatingip: { ...floatingip, port_id: v6 } });
  const pages = `/ports?description=${run}&sort_key=name&sort_dir=asc&limit=2`;
  await record("ports-page-1", "GET", pages);
  await record("ports-page-2", "GET", `${pages}&marker=${made[3]}`);
  await record("ports-page-3", "GET", `${pages}&marker=${made[2]}`);
  await record("ports-page-unknown-marker", "GET", `${pages}&marker=${UNKNOWN}`);
  for (const id of made) await to.ask({ service: "network", method: "DELETE", path: `/ports/${id}` });
}

interface FloatingBasis {
  readonly networkId: string;
  readonly external: string;
  readonly group: string;
  readonly imageRef: string;
  readonly flavorRef: string;
}

async function recordFloating(scribe: Scribe, basis: FloatingBasis): Promise<void> {
  const { to, run, record, compute } = scribe;
  const { networkId: network_id, external, group, imageRef, flavorRef } = basis;
  await record("port-unknown-group", "POST", "/ports", {
    port: { name: `${run}.bad`, network_id, security_groups: [UNKNOWN] },
  });
  const port = { name: `${run}.1`, network_id, security_groups: [group] };
  const pid = portId(await record("port-with-group", "POST", "/ports", { port }));
  const floatingip = { floating_network_id: external, port_id: pid, description: run };
  const made = await record("floating-create", "POST", "/floatingips", { floatingip });
  const { id } = floatingSchema.parse(made.body).floatingip;
  await record("floating-create-again", "POST", "/floatingips", { floatingip });
  const unknown = { floating_network_id: UNKNOWN };
  await record("floating-unknown-network", "POST", "/floatingips", { floatingip: unknown });
  await record("floating-inner-network", "POST", "/floatingips", { floatingip: { floating_network_id: network_id } });
  await record("floating-unknown-port", "POST", "/floatingips", { floatingip: { ...floatingip, port_id: UNKNOWN } });
  await record("floating-by-port", "GET", `/floatingips?port_id=${pid}`);
  await record("group-in-use", "DELETE", `/security-groups/${group}`);
  const server = { name: `${run}.1`, imageRef, flavorRef, networks: [{ port: pid }] };
  const sid = serverId(await to.ask({ service: "compute", method: "POST", path: "/servers", body: { server } }));
  await compute("remote-console-building", "POST", `/servers/${sid}/remote-consoles`, NOVNC);
  await untilNot(to, sid, "BUILD");
  await compute("active-with-floating", "GET", `/servers/${sid}`);
  await recordConsoles(scribe, sid);
  await to.ask({ service: "compute", method: "DELETE", path: `/servers/${sid}` });
  await untilGone(to, sid);
  await record("floating-outlives-server", "GET", `/floatingips?description=${run}`);
  await to.ask({ service: "network", method: "DELETE", path: `/ports/${pid}` });
  await record("floating-outlives-port", "GET", `/floatingips?description=${run}`);
  await record("floating-delete", "DELETE", `/floatingips/${id}`);
  await record("floating-delete-gone", "DELETE", `/floatingips/${id}`);
}

const NOVNC = { remote_console: { protocol: "vnc", type: "novnc" } };

async function recordConsoles({ compute }: Scribe, id: string): Promise<void> {
  const path = `/servers/${id}/remote-consoles`;
  await compute("remote-console", "POST", path, NOVNC);
  await compute("remote-console-spice", "POST", path, { remote_console: { protocol: "spice", type: "spice-html5" } });
  await compute("remote-console-bad", "POST", path, { remote_console: { protocol: "vnc", type: "nosuch" } });
  await compute("remote-console-unknown", "POST", `/servers/${UNKNOWN}/remote-consoles`, NOVNC);
}
