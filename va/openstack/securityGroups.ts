// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { z } from "zod";
import { ComputeError, type FirewallRule } from "./compute.ts";
import type { Session } from "./session.ts";

const ruleSchema = z.object({
  direction: z.string(),
  ethertype: z.string().nullable(),
  protocol: z.string().nullable(),
  port_range_min: z.number().nullable(),
  port_range_max: z.number().nullable(),
  remote_ip_prefix: z.string().nullable(),
  remote_group_id: z.string().nullable(),
});

const groupSchema = z.object({
  id: z.string(),
  name: z.string(),
  created_at: z.string(),
  security_group_rules: z.array(ruleSchema),
});

type Group = z.output<typeof groupSchema>;

const oneSchema = z.object({ security_group: groupSchema });
const listSchema = z.object({ security_groups: z.array(groupSchema) });

/** The project's security group of a name. @throws ComputeError NOT_FOUND, CONFLICT if several have it */
export async function findGroup(session: Session, name: string, signal: AbortSignal): Promise<Group> {
  const [first, ...others] = await groupsNamed(session, name, signal);
  if (first === undefined) throw new ComputeError("NOT_FOUND", `No security group "${name}"`);
  if (others.length > 0) {
    throw new ComputeError("CONFLICT", `${others.length + 1} security groups "${name}": names must be unique`);
  }
  return first;
}

/**
 * The security group that lets in what the rules say, made once: its name is of their hash, so that other rules are another
 * group and no instance's change under it. Names are not unique in Neutron: of two made at once the older stays, and
 * whoever made the younger takes it back. One that lacks rules, as after a crash, gets them.
 * @throws ComputeError
 */
export async function ensureGroup(
  session: Session,
  rules: readonly FirewallRule[],
  signal: AbortSignal,
): Promise<string> {
  const wanted = [...new Map(rules.map((rule) => [key(rule), rule])).values()];
  const name = `xov-${createHash("sha256")
    .update(JSON.stringify(wanted.map(key).sort()))
    .digest("hex")
    .slice(0, 16)}`;
  const group = (await groupsNamed(session, name, signal))[0] ?? (await makeGroup(session, name, signal));
  const there = new Set(rulesOf(group).map(key));
  const missing = wanted.filter((rule) => !there.has(key(rule)));
  if (missing.length > 0) await addRules(session, group.id, missing, signal);
  return group.id;
}

async function makeGroup(session: Session, name: string, signal: AbortSignal): Promise<Group> {
  const security_group = { name, description: "Made by a XOV appliance" };
  const call = { service: "network", method: "POST", path: "/security-groups", body: { security_group } } as const;
  const { security_group: made } = await session.call({ ...call, expect: [201], schema: oneSchema }, signal);
  const oldest = (await groupsNamed(session, name, signal))[0] ?? made;
  if (oldest.id !== made.id) {
    const path = `/security-groups/${encodeURIComponent(made.id)}`;
    const expect = [204, 404, 409];
    await session.call({ service: "network", method: "DELETE", path, expect, schema: z.unknown() }, signal);
  }
  return oldest;
}

/** All of them or none; what another has added meanwhile is refused as a whole, and then added one by one. */
async function addRules(session: Session, id: string, rules: readonly FirewallRule[], signal: AbortSignal) {
  const post = (body: unknown) =>
    session.call(
      { service: "network", method: "POST", path: "/security-group-rules", body, expect: [201], schema: z.unknown() },
      signal,
    );
  const isThere = (error: unknown) => error instanceof ComputeError && error.code === "CONFLICT";
  try {
    await post({ security_group_rules: rules.map((rule) => ruleBody(id, rule)) });
  } catch (error) {
    if (!isThere(error)) throw error;
    for (const rule of rules) {
      await post({ security_group_rule: ruleBody(id, rule) }).catch((again: unknown) => {
        if (!isThere(again)) throw again;
      });
    }
  }
}

/** The project's groups of exactly this name, oldest first. */
async function groupsNamed(session: Session, name: string, signal: AbortSignal): Promise<Group[]> {
  const query = { name, project_id: await session.projectId(signal) };
  const { security_groups } = await session.call(
    { service: "network", method: "GET", path: "/security-groups", query, expect: [200], schema: listSchema },
    signal,
  );
  return security_groups
    .filter((group) => group.name === name)
    .sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at) || (a.id < b.id ? -1 : 1));
}

/** What a group lets in from outside: rules that name another group are about the inside. */
export function rulesOf({ security_group_rules }: Group): FirewallRule[] {
  return security_group_rules
    .filter((rule) => rule.direction === "ingress" && rule.remote_group_id === null)
    .map((rule) => {
      const { protocol, port_range_min: first, port_range_max: last, remote_ip_prefix: prefix } = rule;
      return {
        version: rule.ethertype === "IPv6" ? 6 : 4,
        protocol: protocol === null || protocol === "any" ? undefined : (ICMP_NAMES.get(protocol) ?? protocol),
        ports: first === null || last === null ? undefined : [first, last],
        from: prefix === null || prefix.endsWith("/0") ? undefined : prefix,
      };
    });
}

/** Names and numbers that Neutron has for ICMP (IANA: 1 and 58). */
const ICMP_NAMES: ReadonlyMap<string, string> = new Map(
  ["icmp", "ipv6-icmp", "icmpv6", "1", "58"].map((name) => [name, "icmp"]),
);

function ruleBody(id: string, { version, protocol, ports, from }: FirewallRule) {
  return {
    security_group_id: id,
    direction: "ingress",
    ethertype: `IPv${version}`,
    ...(protocol === undefined ? {} : { protocol: protocol === "icmp" && version === 6 ? "ipv6-icmp" : protocol }),
    ...(ports === undefined ? {} : { port_range_min: ports[0], port_range_max: ports[1] }),
    ...(from === undefined ? {} : { remote_ip_prefix: from }),
  };
}

function key({ version, protocol, ports, from }: FirewallRule): string {
  return [version, protocol ?? "", ports?.join("-") ?? "", from ?? ""].join(" ");
}
