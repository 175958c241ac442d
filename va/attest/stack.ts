// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { CloudDescription } from "../openstack/compute.ts";
import { HELPERS, HYPERVISORS, isClosed, type Known, NETWORKS } from "./known.ts";
import { accepts, type LicencePolicy } from "./spdx.ts";

/** Levels of a stack, in the order in which `Level` in IAttestations.sol numbers them. */
export const LEVELS = ["hypervisor", "network", "storage"] as const;

/** What the contract takes: bytes of a field, components of a stack. */
const MAX_FIELD = 128;
const MAX_COMPONENTS = 32;

const field = z
  .string()
  .min(1)
  .refine((text) => new TextEncoder().encode(text).length <= MAX_FIELD, `at most ${MAX_FIELD} bytes`);

const componentSchema = z.strictObject({
  level: z.enum(LEVELS),
  name: field,
  /** As the cluster reports it. */
  version: field,
  /** An SPDX licence expression. */
  licence: field,
  /** Where its source code is. */
  source: field,
  /** Or the tag, of that version. */
  commit: field,
});

/** One part of the stack below an instance; see `Component` in IAttestations.sol. */
export type Component = z.output<typeof componentSchema>;

/** What the provider declares of its stack: the parts that its cloud does not tell, and of others what it leaves out. */
export const declarationSchema = z.strictObject({
  components: z.array(componentSchema).max(MAX_COMPONENTS),
});

/** A component, and whose word it is. */
export interface Found {
  readonly component: Component;
  /** "cloud": its API says so. "both": it names it, and the provider its version or origin. "provider": it cannot be seen. */
  readonly by: "cloud" | "both" | "provider";
}

/** The stack to attest; nothing is attested while there are problems. */
export interface Stack {
  readonly found: readonly Found[];
  /** For the operator: what is refused, and what is missing. */
  readonly problems: readonly string[];
}

/**
 * The stack of an appliance, from what its cloud tells and what its provider declares. What both name has to agree. Closed
 * software is refused whatever is said of its licence, and so is what the cloud names and nobody knows.
 *
 * @param cloud Of its storage no API tells: where Nova keeps instances' disks stands in each host's configuration
 */
export function stackOf(
  cloud: Pick<CloudDescription, "hypervisors" | "networkAgents">,
  declared: readonly Component[],
  policy: LicencePolicy,
): Stack {
  const problems: string[] = [];
  const seen = [...hypervisors(cloud, declared, problems), ...networks(cloud, declared, problems)];
  const rest = declared.filter(({ level, name }) => !seen.some((each) => isOf(each.component, level, name)));
  const found = [...seen, ...rest.map((component): Found => ({ component, by: "provider" }))];
  for (const { component } of found) {
    const { name, level, licence } = component;
    if (isClosed(name)) problems.push(`${name} (${level}) is closed: instances may not be offered on it`);
    else if (!accepts(policy, licence))
      problems.push(`${name} (${level}): ${licence} is no open licence in SPDX's words`);
  }
  const untold = LEVELS.filter((level) => !found.some(({ component }) => component.level === level));
  for (const level of problems.length === 0 ? untold : []) {
    problems.push(`nothing is known of the ${level}: the cloud does not tell it to this credential, so declare it`);
  }
  if (found.length > MAX_COMPONENTS) problems.push(`${found.length} components, at most ${MAX_COMPONENTS}`);
  return { found, problems };
}

type Cloud = Pick<CloudDescription, "hypervisors" | "networkAgents">;

function hypervisors({ hypervisors: all }: Cloud, declared: readonly Component[], problems: string[]): Found[] {
  return (all ?? []).flatMap(({ type, version: encoded }): Found[] => {
    const version = versionOf(encoded);
    const known = HYPERVISORS.find(({ reported }) => reported.toLowerCase() === type.toLowerCase());
    const said = declared.filter((each) => isOf(each, "hypervisor", known?.name ?? type));
    const same = said.find((each) => each.version === version);
    if (same !== undefined) return [{ component: same, by: "both" }];
    if (said.length > 0) {
      const versions = said.map((each) => each.version).join(", ");
      problems.push(`${known?.name ?? type} (hypervisor): declared ${versions}, the cloud says ${version}`);
    } else if (known !== undefined) return [{ component: fill("hypervisor", known, version), by: "cloud" }];
    else
      problems.push(
        isClosed(type) ? `${type} (hypervisor) is closed: instances may not be offered on it` : unknown(type),
      );
    return [];
  });
}

function networks({ networkAgents: all }: Cloud, declared: readonly Component[], problems: string[]): Found[] {
  const traffic = (all ?? []).filter((binary) => !HELPERS.has(binary));
  return traffic.flatMap((binary): Found[] => {
    const known = NETWORKS.find(({ reported }) => reported === binary);
    const said = declared.find((each) => isOf(each, "network", known?.name ?? binary));
    if (said !== undefined) return [{ component: said, by: "both" }];
    if (isClosed(binary)) problems.push(`${binary} (network) is closed: instances may not be offered on it`);
    else if (known === undefined) problems.push(unknown(binary));
    else problems.push(`${known.name} (network): the cloud does not tell its version; declare it, with its commit`);
    return [];
  });
}

function unknown(what: string): string {
  return `${what} is not known here: declare it under this name, with its licence and source`;
}

function fill(level: Component["level"], { name, licence, source, tagOf }: Known, version: string): Component {
  return { level, name, version, licence, source, commit: tagOf?.(version) ?? version };
}

function isOf(component: Component, level: Component["level"], name: string): boolean {
  return component.level === level && component.name.toLowerCase() === name.toLowerCase();
}

/** Nova encodes 7.2.0 as 7002000. */
function versionOf(encoded: number): string {
  return [encoded / 1_000_000, (encoded / 1_000) % 1_000, encoded % 1_000].map(Math.floor).join(".");
}
