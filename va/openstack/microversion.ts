// SPDX-License-Identifier: Apache-2.0
import { ComputeError } from "./compute.ts";

/** The newest microversion whose replies this client was written for. */
const WANTED = "2.90";
/** The first that takes tags with the create (https://docs.openstack.org/nova/latest/reference/api-microversion-history.html). */
const NEEDED = "2.52";

/**
 * The newest microversion that both sides know.
 * @throws ComputeError BAD_REPLY if there is none from 2.52 on
 */
export function chooseMicroversion(oldest: string, newest: string): string {
  const chosen = compare(newest, WANTED) < 0 ? newest : WANTED;
  if (compare(chosen, NEEDED) < 0 || compare(chosen, oldest) < 0) {
    throw new ComputeError(
      "BAD_REPLY",
      `The compute API offers microversions ${oldest} to ${newest}; needed is one from ${NEEDED} to ${WANTED}`,
    );
  }
  return chosen;
}

function compare(a: string, b: string): number {
  const [majorA = Number.NaN, minorA = Number.NaN] = a.split(".").map(Number);
  const [majorB = Number.NaN, minorB = Number.NaN] = b.split(".").map(Number);
  const difference = majorA === majorB ? minorA - minorB : majorA - majorB;
  return Number.isNaN(difference) ? -1 : difference;
}
