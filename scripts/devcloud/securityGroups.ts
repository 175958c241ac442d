// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import type { Router } from "express";
import { z } from "zod";
import { isoSeconds, namedUuid } from "./ids.ts";
import { neutronError } from "./replies.ts";
import type { Cloud, SecurityGroupRecord, SecurityRuleRecord } from "./types.ts";

/** Id of the project's default group. */
export const DEFAULT_GROUP = namedUuid("security-group", "default");

const groupSchema = z.object({
  security_group: z.strictObject({ name: z.string().max(255), description: z.string().max(255).default("") }),
});

const oneSchema = z.strictObject({
  security_group_id: z.string(),
  direction: z.enum(["ingress", "egress"]),
  ethertype: z.enum(["IPv4", "IPv6"]).default("IPv4"),
  protocol: z.string().nullable().default(null),
  port_range_min: z.number().nullable().default(null),
  port_range_max: z.number().nullable().default(null),
  remote_ip_prefix: z.string().nullable().default(null),
});
const rulesSchema = z.union([
  z.object({ security_group_rule: oneSchema }),
  z.object({ security_group_rules: z.array(oneSchema).min(1) }),
]);

/** Neutron's security groups. Names are not unique; several rules in one request are made all or none. */
export function securityGroupRoutes(cloud: Cloud, router: Router): void {
  router.get("/security-groups", (req, res) => {
    const { name, project_id: project } = req.query;
    const found = Object.values(cloud.state.securityGroups).filter(
      (group) =>
        [undefined, group.name].includes(text(name)) && [undefined, cloud.state.projectId].includes(text(project)),
    );
    res.json({ security_groups: found.map((group) => groupView(cloud, group)) });
  });
  router.post("/security-groups", (req, res) => {
    const parsed = groupSchema.safeParse(req.body);
    if (!parsed.success) return neutronError(res, 400, "HTTPBadRequest", "Invalid input for security_group.");
    const { name, description } = parsed.data.security_group;
    const group = newGroup(randomUUID(), name, description, cloud.now());
    cloud.state.securityGroups[group.id] = group;
    cloud.save();
    res.status(201).json({ security_group: groupView(cloud, group) });
  });
  router.delete("/security-groups/:id", (req, res) => {
    const { id } = req.params;
    if (cloud.state.securityGroups[id] === undefined) return unknownGroup(res, id);
    if (Object.values(cloud.state.ports).some((port) => port.groups.includes(id))) {
      return neutronError(res, 409, "SecurityGroupInUse", `Security Group ${id} in use.`);
    }
    delete cloud.state.securityGroups[id];
    cloud.save();
    res.status(204).end();
  });
  ruleRoutes(cloud, router);
}

function ruleRoutes(cloud: Cloud, router: Router): void {
  router.post("/security-group-rules", (req, res) => {
    const parsed = rulesSchema.safeParse(req.body);
    if (!parsed.success) return neutronError(res, 400, "HTTPBadRequest", "Invalid input for security_group_rule.");
    const { data } = parsed;
    const wanted = "security_group_rule" in data ? [data.security_group_rule] : data.security_group_rules;
    const made: [SecurityGroupRecord, SecurityRuleRecord][] = [];
    for (const each of wanted) {
      const group = cloud.state.securityGroups[each.security_group_id];
      if (group === undefined) return unknownGroup(res, each.security_group_id);
      const rule = toRule(each, cloud.now());
      const others = [...group.rules, ...made.filter(([of]) => of === group).map(([, other]) => other)];
      const same = others.find((other) => key(other) === key(rule));
      if (same !== undefined) {
        const why = `Security group rule already exists. Rule id is ${same.id}.`;
        return neutronError(res, 409, "SecurityGroupRuleExists", why);
      }
      made.push([group, rule]);
    }
    for (const [group, rule] of made) {
      group.rules.push(rule);
      group.revision += 1;
    }
    cloud.save();
    const views = made.map(([group, rule]) => ruleView(cloud, group.id, rule));
    res
      .status(201)
      .json("security_group_rule" in data ? { security_group_rule: views[0] } : { security_group_rules: views });
  });
}

/** The group that every project has: its members reach each other, and nobody else them. */
export function defaultGroup(now: number): SecurityGroupRecord {
  const group = newGroup(DEFAULT_GROUP, "default", "Default security group", now);
  const inside = { direction: "ingress", remoteGroup: DEFAULT_GROUP } as const;
  group.rules.push(blankRule({ ...inside, ethertype: "IPv4" }, now), blankRule({ ...inside, ethertype: "IPv6" }, now));
  return group;
}

function newGroup(id: string, name: string, description: string, created: number): SecurityGroupRecord {
  const rules = (["IPv4", "IPv6"] as const).map((ethertype) => blankRule({ direction: "egress", ethertype }, created));
  return { id, name, description, created, revision: 1, rules };
}

function blankRule(
  fields: Pick<SecurityRuleRecord, "direction" | "ethertype"> & Partial<SecurityRuleRecord>,
  created: number,
): SecurityRuleRecord {
  const nothing = { protocol: null, first: null, last: null, prefix: null, remoteGroup: null };
  return { id: randomUUID(), ...nothing, created, ...fields };
}

function toRule(wanted: z.output<typeof oneSchema>, now: number): SecurityRuleRecord {
  const { direction, ethertype, protocol, port_range_min: first, port_range_max: last } = wanted;
  return blankRule({ direction, ethertype, protocol, first, last, prefix: wanted.remote_ip_prefix }, now);
}

function key({ direction, ethertype, protocol, first, last, prefix, remoteGroup }: SecurityRuleRecord): string {
  return JSON.stringify([direction, ethertype, protocol, first, last, prefix, remoteGroup]);
}

function unknownGroup(res: Parameters<typeof neutronError>[0], id: string): void {
  neutronError(res, 404, "SecurityGroupNotFound", `Security group ${id} does not exist`);
}

function groupView(cloud: Cloud, group: SecurityGroupRecord) {
  return {
    id: group.id,
    name: group.name,
    stateful: true,
    tenant_id: cloud.state.projectId,
    description: group.description,
    shared: false,
    security_group_rules: group.rules.map((rule, i) => ({
      ...ruleView(cloud, group.id, rule),
      standard_attr_id: i + 1,
      tags: [],
    })),
    tags: [],
    created_at: isoSeconds(group.created),
    updated_at: isoSeconds(group.created),
    revision_number: group.revision,
    project_id: cloud.state.projectId,
  };
}

function ruleView(cloud: Cloud, groupId: string, rule: SecurityRuleRecord) {
  return {
    id: rule.id,
    tenant_id: cloud.state.projectId,
    security_group_id: groupId,
    ethertype: rule.ethertype,
    direction: rule.direction,
    protocol: rule.protocol,
    port_range_min: rule.first,
    port_range_max: rule.last,
    remote_ip_prefix: rule.prefix,
    remote_address_group_id: null,
    normalized_cidr: rule.prefix,
    remote_group_id: rule.remoteGroup,
    created_at: isoSeconds(rule.created),
    updated_at: isoSeconds(rule.created),
    revision_number: 0,
    project_id: cloud.state.projectId,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
