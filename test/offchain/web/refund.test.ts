// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { RefundRow } from "../../../offchain/indexer/tables.ts";
import type { FakeLease } from "./fakeLease.ts";
import { launch, type Rig, realComplaints, useRig } from "./rig.ts";

const TXID = "dd".repeat(32);
const DAY = 86_400;
const REFUND_SCRIPT = `0x0014${"11".repeat(20)}`;

describe("web: what comes back of a lease that is over", function () {
  this.timeout(60_000);
  const rig = useRig();

  /** A lease that was paid and declined, on its page. */
  async function declined(refundScript: string) {
    const { pool, open } = rig();
    const watched = await open();
    const leaseId = await launch(rig(), watched, "2");
    const lease = found(rig(), leaseId);
    lease.body.terms.refundScript = refundScript;
    pool.open(leaseId);
    pool.credit(leaseId, pool.pay(leaseId, 7_680n));
    pool.close(leaseId, "declined", "no host has room");
    const panel = watched.page.getByRole("region", { name: "This lease is over" });
    const sees = (text: string | RegExp) => panel.getByText(text).first().waitFor();
    await sees("7 680 sats");
    return { pool, leaseId, lease, watched, panel, sees };
  }

  it("says until when it is refunded, the refund on its way, and when that counts for good", async () => {
    const { pool, leaseId, lease, watched, sees } = await declined(REFUND_SCRIPT);
    await sees(/The provider has until .* to refund it to your refund address/);

    const countsAt = pool.block().time + 3 * DAY;
    const refund: RefundRow = {
      lease: leaseId,
      txid: TXID,
      vout: 0,
      value: "5680000",
      settled: "7680000",
      height: 152,
      confirmable_at: countsAt,
      state: "proven",
    };
    pool.change(leaseId, { refunds: [refund] });
    await sees("5 680 sats");
    await sees("in block 152");
    await sees(/settled for good after/);
    await sees("0 sats");

    pool.change(leaseId, { refunds: [{ ...refund, state: "confirmed" }], deposit: lease.deposit - 7_680_000n });
    await sees("Settled for good.");
    expect(realComplaints(watched)).to.deep.equal([]);
  });

  it("says when the stake can be claimed for it, and that it is", async () => {
    const { pool, leaseId, sees } = await declined(REFUND_SCRIPT);
    pool.mine(7 * DAY + 1);
    await sees(/Anyone can now claim the stake that covers it/);
    pool.change(leaseId, { claim: { msat: 7_680_000n, payableAt: pool.block().time + 14 * DAY } });
    await sees(/In XOV from the provider's stake, to your balance in the vault/);
  });

  it("says that what is too small stays on record", async () => {
    const { pool, leaseId, lease, sees } = await declined(REFUND_SCRIPT);
    pool.change(leaseId, { deposit: lease.deposit - 7_680_000n + 2_999_000n });
    await sees("2 999 sats");
    await sees(/Too small: a refund would cost about as much/);
  });

  it("says that it is owed in XOV where there is no refund address", async () => {
    const { sees } = await declined("0x");
    await sees(/In XOV, from the stake that is locked for it/);
  });
});

function found({ pool }: Rig, leaseId: string): FakeLease {
  const lease = pool.leases.get(leaseId);
  if (lease === undefined) throw new Error("no lease");
  return lease;
}
