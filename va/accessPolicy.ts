// SPDX-License-Identifier: Apache-2.0
import { isIPv4 } from "node:net";
import { z } from "zod";
import type { FirewallRule } from "./openstack/compute.ts";

const PORT = z.number().int().min(1).max(65_535);

const ruleSchema = z
  .strictObject({
    protocol: z.enum(["tcp", "udp", "icmp", "any"]),
    /** A port, or the first and the last of a range; all of them by default. */
    ports: z.union([PORT.transform((port) => [port, port] as const), z.tuple([PORT, PORT])]).optional(),
    /** Where from, CIDR; from anywhere by default. */
    from: z.union([z.cidrv4(), z.cidrv6()]).optional(),
  })
  .superRefine(({ protocol, ports }, context) => {
    const refuse = (message: string) => context.addIssue({ code: "custom", path: ["ports"], message });
    if (ports === undefined) return;
    if (protocol !== "tcp" && protocol !== "udp") refuse("only tcp and udp have ports");
    if (ports[0] > ports[1]) refuse("the first must not be above the last");
  });

const NAME = z.string().min(1).max(255);
const unique = (names: readonly unknown[]) => new Set(names).size === names.length;

/** How instances are reached: the offers file's `access`. Left out, the cloud's own defaults hold. */
export const accessPolicySchema = z
  .strictObject({
    /** IP versions of an instance's addresses on the network; by default those of its subnets. */
    addresses: z
      .array(z.enum(["ipv4", "ipv6"]))
      .min(1)
      .refine(unique, "must not name one twice")
      .optional(),
    /** Name of the external network from which each instance gets a floating IPv4 address; none by default. */
    floatingNetwork: NAME.optional(),
    /** Names of the project's security groups that instances are in. With neither these nor `rules`: its default one. */
    securityGroups: z.array(NAME).max(16).refine(unique, "must not name one twice").default([]),
    /** What is let in. The appliance makes a security group of them, once for the project. */
    rules: z.array(ruleSchema).max(64).default([]),
  })
  .superRefine(({ addresses, floatingNetwork }, context) => {
    if (floatingNetwork === undefined || addresses === undefined || addresses.includes("ipv4")) return;
    context.addIssue({ code: "custom", path: ["floatingNetwork"], message: "needs ipv4 among the addresses" });
  });

/** See {@link accessPolicySchema}. */
export type AccessPolicy = z.output<typeof accessPolicySchema>;

/** The IP versions that instances are to have; undefined: what the network gives. */
export function versionsOf({ addresses }: AccessPolicy): readonly (4 | 6)[] | undefined {
  return addresses?.map((name) => (name === "ipv4" ? 4 : 6));
}

/** The policy's rules as a firewall has them: one for each IP version; a prefix of all addresses is none. */
export function firewallRules({ rules }: Pick<AccessPolicy, "rules">): FirewallRule[] {
  return rules.flatMap(({ protocol, ports, from }) => {
    const versions: readonly (4 | 6)[] = from === undefined ? [4, 6] : isIPv4(from.split("/")[0] ?? "") ? [4] : [6];
    const prefix = from === undefined || from.endsWith("/0") ? undefined : from;
    return versions.map((version) => ({
      version,
      protocol: protocol === "any" ? undefined : protocol,
      ports,
      from: prefix,
    }));
  });
}

/** Whether somebody from anywhere may come in by TCP on a port. */
export function letsIn(rules: readonly FirewallRule[], version: 4 | 6, port: number): boolean {
  return rules.some(
    (rule) =>
      rule.version === version &&
      rule.from === undefined &&
      (rule.protocol === undefined || rule.protocol === "tcp") &&
      (rule.ports === undefined || (rule.ports[0] <= port && port <= rule.ports[1])),
  );
}
