// SPDX-License-Identifier: Apache-2.0
import type { Compute, Server } from "./compute.ts";
import { untilAborted } from "./session.ts";

/** So many lists of single leases may be under way before others share one. */
const FEW = 2;
/** What a list costs is worth so many of its servers. */
const SERVERS_PER_LIST = 50;

/**
 * The same cloud for one that looks at many leases at once: lists that are asked for while others are under way are answered
 * from one list of all its servers. That list begins after each of them was asked for, so nobody is told of a time before its
 * question. Where the servers are too many for that to be cheaper, every list is a request as before.
 *
 * @param ownerTag a tag of every server that is asked for
 */
export function shareListing(compute: Compute, ownerTag: string): Compute {
  /** Lists of single leases that wait for an answer. */
  let open = 0;
  /** Servers in the last list of all. */
  let known = 0;
  let current: Promise<unknown> = Promise.resolve();
  let queued: Promise<Server[]> | undefined;

  const listAll = async (signal: AbortSignal) => {
    const servers = await compute.listServers(ownerTag, signal);
    known = servers.length;
    return servers;
  };
  const shared = () => {
    queued ??= current.then(() => {
      queued = undefined;
      // Nobody's signal ends it for the others; its requests have deadlines.
      const listing = listAll(new AbortController().signal);
      current = listing.catch(() => undefined);
      return listing;
    });
    return queued;
  };
  const listServers = async (tag: string, signal: AbortSignal) => {
    if (tag === ownerTag) return listAll(signal);
    open++;
    try {
      if (open <= FEW || known > SERVERS_PER_LIST * open) return await compute.listServers(tag, signal);
      return (await untilAborted(shared(), signal)).filter((server) => server.tags.includes(tag));
    } finally {
      open--;
    }
  };
  return { ...compute, listServers };
}
