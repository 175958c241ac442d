// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { internalOrder } from "../../../offchain/bitcoin/bytes.ts";
import { type Lease, leaseSchema } from "../../../offchain/pool/api.ts";
import { onBothDatabases } from "../indexer/support/databases.ts";
import {
  applianceEvents,
  askPlaced,
  closed,
  HOLDER,
  marketEvents,
  paidEvents,
  poolEvents,
  takenEvents,
  word,
} from "../indexer/support/market.ts";
import type { Emitted } from "../indexer/support/scriptedChain.ts";
import { startPool, type TestPool } from "./support/pool.ts";

const LEASE = word(42);
const TXID = "dd".repeat(32);
const DAY = 86_400;
const PAID = 24_000_000n;
const OWED = 20_000_000n;

describe("the refund in GET /api/leases/:id", function () {
  this.timeout(60_000);

  onBothDatabases((db) => {
    let pool: TestPool;
    let closedAt: number;
    beforeEach(async () => {
      pool = await startPool({ db: db() });
      await pool.happen([...poolEvents(), ...marketEvents(), ...applianceEvents(1)]);
      await pool.happen(askPlaced({ order: 1, expiry: pool.chain.time + DAY, quantity: 100 }));
      await pool.happen(takenEvents({ leaseId: LEASE, payBy: pool.chain.time + 3_602, quantity: 99 }));
      await pool.happen(paidEvents(LEASE, { msat: PAID, deposit: PAID, startBy: pool.chain.time + 1_800 }));
      await pool.happen([closed(LEASE, 1, PAID - OWED, OWED)]);
      closedAt = (await get()).closedAt ?? 0;
    });
    afterEach(() => pool.stop());

    const get = (): Promise<Lease> => pool.get(`/api/leases/${LEASE}`, leaseSchema);
    const refund = async () => (await get()).refund;
    const texts = async (count: number) => (await get()).timeline.slice(-count).map(({ text }) => text);
    const outpoint = { leaseId: LEASE, txid: internalOrder(TXID), vout: 0 } as const;
    const proven = (settled: bigint): Emitted => {
      const args = { ...outpoint, value: 18_000_000n, settled, height: 120, confirmableAt: BigInt(closedAt + 3 * DAY) };
      return { contract: "BitcoinDebts", eventName: "RefundProven", args };
    };
    const settled = (owed: bigint): Emitted => {
      return { contract: "Leases", eventName: "DebtSettled", args: { leaseId: LEASE, amount: OWED - owed, owed } };
    };

    it("is due within a week of the close", async () => {
      expect(await refund()).to.deep.equal({
        openMsat: `${OWED}`,
        tooSmall: false,
        dueBy: closedAt + 7 * DAY,
        claimable: false,
        claim: null,
        refunds: [],
      });
    });

    it("counts at once when it is proven, and for good when it is confirmed", async () => {
      await pool.happen([proven(OWED)]);
      const one = { txid: TXID, vout: 0, msat: "18000000", height: 120 };
      expect(await refund()).to.deep.include({ openMsat: "0", dueBy: null });
      expect((await refund())?.refunds).to.deep.equal([{ ...one, countsAt: closedAt + 3 * DAY }]);
      const args = { ...outpoint, settled: OWED };
      await pool.happen([{ contract: "BitcoinDebts", eventName: "RefundConfirmed", args }, settled(0n)]);
      expect((await refund())?.refunds).to.deep.equal([{ ...one, countsAt: null }]);
      expect((await get()).settlement).to.deep.include({ earnedMsat: `${PAID - OWED}`, owedMsat: "0" });
      expect(await texts(2)).to.deep.equal([
        "The provider refunded 18000 sats in bitcoin.",
        "A refund counts for good: Bitcoin has kept it for three days.",
      ]);
    });

    it("is open again when Bitcoin removes it", async () => {
      const args = { ...outpoint, reopened: OWED };
      await pool.happen([proven(OWED), { contract: "BitcoinDebts", eventName: "RefundRevoked", args }]);
      expect(await refund()).to.deep.include({ openMsat: `${OWED}`, dueBy: closedAt + 7 * DAY, refunds: [] });
    });

    it("is claimable from the collateral after a week, and claimed once", async () => {
      await pool.happen([], 7 * DAY);
      expect(await refund()).to.deep.include({ claimable: true });
      const payableAt = closedAt + 21 * DAY;
      const claimed = { leaseId: LEASE, amount: OWED, payableAt: BigInt(payableAt) };
      await pool.happen([{ contract: "BitcoinDebts", eventName: "CollateralClaimed", args: claimed }]);
      expect(await refund()).to.deep.include({ claimable: false, claim: { msat: `${OWED}`, payableAt } });
      const paid = { leaseId: LEASE, holder: HOLDER, amount: OWED, collateral: 5n * 10n ** 18n };
      await pool.happen([
        settled(0n),
        { contract: "Leases", eventName: "CollateralForfeited", args: { leaseId: LEASE, amount: 5n, left: 0n } },
        { contract: "BitcoinDebts", eventName: "ClaimPaid", args: paid },
      ]);
      expect(await refund()).to.deep.include({ openMsat: "0", claim: null, claimable: false });
      expect((await get()).cover.collateral).to.equal("0");
      expect((await texts(1))[0]).to.equal(
        "5 XOV of the provider's collateral went to your vault balance for 20000 sats that were owed.",
      );
    });

    it("is said to be too small below the minimum, and due with what arrives later", async () => {
      await pool.happen([proven(OWED - 2_000_000n)]);
      expect(await refund()).to.deep.include({ openMsat: "2000000", tooSmall: true, dueBy: null });
      await pool.happen(paidEvents(LEASE, { msat: 1_000_000n, deposit: PAID + 1_000_000n }));
      expect(await refund()).to.deep.include({ openMsat: "3000000", tooSmall: false, dueBy: closedAt + 7 * DAY });
    });
  });
});
