// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError, type FirewallRule, type NetworkPolicy, type PortAccess, UNLIMITED } from "./compute.ts";
import { resolveNetwork } from "./resolve.ts";
import { ensureGroup, findGroup, rulesOf } from "./securityGroups.ts";
import type { Session } from "./session.ts";

/** See `Compute.resolveAccess`. Asks nothing for what the policy leaves to the cloud. */
export async function resolveAccess(
  session: Session,
  networkId: string,
  policy: NetworkPolicy,
  signal: AbortSignal,
): Promise<PortAccess> {
  const { versions, floatingNetwork } = policy;
  const [subnetIds, securityGroupIds, floating] = await Promise.all([
    versions === undefined ? undefined : subnetsOf(session, networkId, versions, signal),
    groupsOf(session, policy, signal),
    floatingNetwork === undefined ? undefined : resolveNetwork(session, floatingNetwork, signal),
  ]);
  return { subnetIds, securityGroupIds, floatingNetworkId: floating?.id };
}

/** See `Compute.ingressRules`. */
export async function ingressRules(
  session: Session,
  names: readonly string[],
  signal: AbortSignal,
): Promise<FirewallRule[]> {
  const groups = await Promise.all(names.map((name) => findGroup(session, name, signal)));
  return groups.flatMap(rulesOf);
}

const subnetsSchema = z.object({
  subnets: z.array(z.object({ id: z.string(), ip_version: z.union([z.literal(4), z.literal(6)]) })),
});

/** One subnet of each version. (Neutron adds an address of every subnet with SLAAC all the same.) */
async function subnetsOf(
  session: Session,
  networkId: string,
  versions: readonly (4 | 6)[],
  signal: AbortSignal,
): Promise<string[]> {
  const query = { network_id: networkId };
  const { subnets } = await session.call(
    { service: "network", method: "GET", path: "/subnets", query, expect: [200], schema: subnetsSchema },
    signal,
  );
  return versions.map((version) => {
    const subnet = subnets.find((each) => each.ip_version === version);
    if (subnet !== undefined) return subnet.id;
    throw new ComputeError("NOT_FOUND", `No IPv${version} subnet in network ${networkId}`);
  });
}

async function groupsOf(
  session: Session,
  { securityGroups, rules }: NetworkPolicy,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  if (securityGroups.length === 0 && rules.length === 0) return undefined;
  return Promise.all([
    ...securityGroups.map((name) => findGroup(session, name, signal).then(({ id }) => id)),
    ...(rules.length === 0 ? [] : [ensureGroup(session, rules, signal)]),
  ]);
}

const amount = z.object({ limit: z.number(), used: z.number(), reserved: z.number() });
const quotaSchema = z.object({ quota: z.object({ port: amount, floatingip: amount.optional() }) });

/** See `Compute.addressRoom` (Neutron: GET /quotas/{project}/details.json, of the extension quota_details). */
export async function addressRoom(session: Session, floating: boolean, signal: AbortSignal): Promise<number> {
  const path = `/quotas/${await session.projectId(signal)}/details.json`;
  try {
    const call = { service: "network", method: "GET", path, expect: [200], schema: quotaSchema } as const;
    const { port, floatingip } = (await session.call(call, signal)).quota;
    const counted = floating && floatingip !== undefined ? [port, floatingip] : [port];
    return Math.min(
      ...counted.map(({ limit, used, reserved }) => (limit < 0 ? UNLIMITED : Math.max(0, limit - used - reserved))),
    );
  } catch (error) {
    if (error instanceof ComputeError && (error.code === "FORBIDDEN" || error.code === "NOT_FOUND")) return UNLIMITED;
    throw error;
  }
}
