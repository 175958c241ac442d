// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Hex } from "viem";
import { createBacklog } from "../../va/backlog.ts";

describe("the backlog", () => {
  const lease = (n: number): Hex => `0x0${n}`;
  const [a, b, c, d] = [lease(1), lease(2), lease(3), lease(4)];
  const record = () => {
    const added: Hex[] = [];
    const push = (leaseId: Hex) => void added.push(leaseId);
    return { added, ...createBacklog({ add: push, addLast: push }) };
  };

  it("holds news until the cloud has been looked at, and the latest come first", () => {
    const backlog = record();
    for (const leaseId of [a, b, c, a]) backlog.news(leaseId);
    expect(backlog.added).to.deep.equal([]);
    backlog.wake([a, b, c, d], new Set());
    expect(backlog.added).to.deep.equal([a, c, b, d]);
  });

  it("puts leases without a server before all others", () => {
    const backlog = record();
    for (const leaseId of [a, b, c]) backlog.news(leaseId);
    backlog.wake([a, b, c, d], new Set([a, d]));
    expect(backlog.added).to.deep.equal([a, d, c, b]);
  });

  it("passes on what comes afterwards", () => {
    const backlog = record();
    backlog.wake([], new Set());
    backlog.news(b);
    backlog.news(a);
    expect(backlog.added).to.deep.equal([b, a]);
  });
});
