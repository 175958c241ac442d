// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../offchain/core/clock.ts";
import type { Offer, Offers } from "../offers.ts";
import { type Compute, type Flavor, UNLIMITED } from "../openstack/compute.ts";
import { type Finding, look, Wrong } from "./finding.ts";

/** What {@link checkCloud} looks at. */
export interface CloudSurroundings {
  readonly compute: Compute;
  readonly offers: Offers;
  /** Keystone's URL. */
  readonly authUrl: string;
  readonly clock: Clock;
}

/** Tokens and port ages are compared by time; seconds. */
const MOST_SKEW_S = 60;

/** The cloud's side: credential, clock, network, images, flavors with room for what is offered. */
export async function checkCloud(around: CloudSurroundings, signal: AbortSignal): Promise<Finding[]> {
  const { compute, offers } = around;
  const cloud = await look(
    "cloud",
    "see that OPENSTACK_CREDENTIAL_FILE is a valid application credential",
    async () => {
      const { computeVersion, hypervisors } = await compute.describeCloud(signal);
      const kinds = hypervisors?.map(({ type, version }) => `${type} ${version}`).join(", ");
      return `Nova ${computeVersion}, hypervisors: ${kinds ?? "this credential may not see them"}`;
    },
  );
  if (!cloud.ok) return [cloud];
  const found = [cloud, await checkClock(around, signal)];
  const network = `make the network, or name another in OFFERS_FILE`;
  found.push(
    await look(
      `network ${offers.network}`,
      network,
      async () => (await compute.resolveNetwork(offers.network, signal)).id,
    ),
  );
  for (const { name, cloudName = name } of offers.images) {
    const fix = "upload the image (openstack image create), or take it out of OFFERS_FILE";
    found.push(await look(`image ${name}`, fix, async () => (await compute.resolveImage(cloudName, signal)).id));
  }
  for (const offer of offers.offers) found.push(await checkOffer(compute, offer, signal));
  return found;
}

function checkClock({ authUrl, clock }: CloudSurroundings, signal: AbortSignal): Promise<Finding> {
  return look("cloud's clock", "see that Keystone answers at its auth_url", async () => {
    const reply = await fetch(authUrl, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
      redirect: "manual",
    });
    await reply.body?.cancel();
    const date = Date.parse(reply.headers.get("date") ?? "");
    if (Number.isNaN(date)) return "Keystone tells no time";
    const skew = Math.round((clock.now() - date) / 1_000);
    if (Math.abs(skew) <= MOST_SKEW_S) return `${skew} s from this machine's`;
    return new Wrong(`${skew} s from this machine's`, "run an NTP client on both");
  });
}

function checkOffer(compute: Compute, offer: Offer, signal: AbortSignal): Promise<Finding> {
  const fix = "make the flavor (openstack flavor create), or name another in OFFERS_FILE";
  return look(`offer ${offer.flavor}`, fix, async () => {
    const flavor = await compute.resolveFlavor(offer.flavor, signal);
    const short = shortOf(flavor, offer);
    if (short !== undefined) return new Wrong(short, "offer the class that the flavor is, or another flavor");
    const room = await compute.capacity(flavor, signal);
    if (room > 0) return `room for ${room === UNLIMITED ? "as many as the cloud takes" : room} more`;
    return new Wrong("no room for one", "raise the project's quota, add hosts, or wait for leases to end");
  });
}

/** What of its class a flavor lacks. */
function shortOf({ vcpus, ram, disk }: Flavor, { class: spec }: Offer): string | undefined {
  if (vcpus < spec.vcpus) return `${vcpus} vCPUs, the class has ${spec.vcpus}`;
  if (ram < spec.memoryMiB) return `${ram} MiB, the class has ${spec.memoryMiB}`;
  if (disk < spec.diskGiB) return `${disk} GiB of disk, the class has ${spec.diskGiB}`;
  return undefined;
}
