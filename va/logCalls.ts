// SPDX-License-Identifier: Apache-2.0
import type { Logger } from "../offchain/core/log.ts";
import type { CallReport } from "./openstack/index.ts";

/** Statuses that say how things are, and nothing about the cloud's health: gone, there already, in another state. */
const ORDINARY: ReadonlySet<number> = new Set([404, 409]);

/**
 * Logs each request to the cloud with how long it took of how long it might, and the id by which the cloud's operator finds it:
 * at debug, and at info what the cloud refused or did not answer.
 */
export function logCalls(log: Pick<Logger, "debug" | "info">): (report: CallReport) => void {
  return ({ what, ...report }) => {
    const { status } = report;
    const isFine = status !== undefined && (status < 400 || ORDINARY.has(status));
    log[isFine ? "debug" : "info"]({ cloud: report }, what);
  };
}
