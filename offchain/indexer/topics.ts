// SPDX-License-Identifier: Apache-2.0
import type { ApplianceRow, TableName, Tables } from "./tables.ts";

/** What readers can be told of: a lease, a holder's leases, what an appliance's clock moves, the offers, Bitcoin's tip. */
export type Topic = `lease:${string}` | `holder:${string}` | `appliance:${number}` | "offers" | "bitcoin";

type Change = { [T in TableName]: { table: T; before: Tables[T] | undefined; after: Tables[T] } }[TableName];

/** The topics of a row that changed. `before` is undefined for a new row. */
export function topicsOf<T extends TableName>(table: T, before: Tables[T] | undefined, after: Tables[T]): Topic[] {
  const change = { table, before, after } as unknown as Change;
  switch (change.table) {
    case "leases":
      return [`lease:${change.after.id}`, `holder:${change.after.holder}`];
    case "payments":
    case "refunds":
    case "timeline":
      return [`lease:${change.after.lease}`];
    case "appliances":
      return applianceTopics(change.before, change.after);
    case "asks":
    case "pools":
      return ["offers"];
    case "bitcoin":
      return ["bitcoin"];
    case "classes":
    case "markets":
      return [];
  }
}

/** A beat moves the clock that leases run on; about offers it says something new only after a silence. */
function applianceTopics(before: ApplianceRow | undefined, after: ApplianceRow): Topic[] {
  if (before === undefined) return [`appliance:${after.id}`, "offers"];
  const topics: Topic[] = [];
  if (after.last_beat !== before.last_beat || after.elapsed !== before.elapsed) topics.push(`appliance:${after.id}`);
  const revived = after.last_beat - before.last_beat > BEAT_WINDOW;
  const rekeyed = after.hot_key !== before.hot_key || after.seal_key !== before.seal_key;
  const recarded = JSON.stringify(after.images) !== JSON.stringify(before.images);
  const reattested = after.attested_until !== before.attested_until;
  if (revived || rekeyed || recarded || reattested) topics.push("offers");
  return topics;
}

/** Seconds for which an appliance's clock runs on after a beat: `BEAT_WINDOW` in `Providers.sol`. */
export const BEAT_WINDOW = 3600;
