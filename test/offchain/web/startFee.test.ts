// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { launch, realComplaints, run, useRig } from "./rig.ts";

/** 640 sats an hour, and 1,500.5 for the start. */
const OFFER = "4";

describe("web: the fee for the start on the invoice", function () {
  this.timeout(60_000);
  const rig = useRig();

  /** Launches for two hours: 1,280 sats for time, and the fee. */
  const open = async () => {
    const watched = await rig().open();
    const leaseId = await launch(rig(), watched, OFFER, 2);
    return { ...watched, watched, leaseId };
  };

  it("is part of what is to be paid, buys no time, and is charged once", async () => {
    const { pool } = rig();
    const { page, watched, leaseId } = await open();
    pool.open(leaseId);
    const payment = page.getByRole("region", { name: "Pay to start" });
    await payment.getByText(/1.500.5 sats, charged once when it starts; waived within your limit/).waitFor();
    await payment.getByText("buys 2 hours").waitFor();
    const wallet = await page.getByRole("link", { name: "Open in wallet" }).getAttribute("href");
    expect(wallet).to.match(/\?amount=0\.00002781$/);
    await payment.getByText(/2.141 sats is the least that starts it/).waitFor();

    // A part of it: the rest buys what the whole would.
    pool.pay(leaseId, 1_000n);
    await page.getByRole("region", { name: "Pay the rest" }).getByText("buys 2 hours").waitFor();
    pool.pay(leaseId, 1_781n);
    await page.getByText(/It buys 2 hours\./).waitFor();
    for (const each of pool.leases.get(leaseId)?.payments ?? []) pool.credit(leaseId, each);
    await page.getByText("The provider starts your server").waitFor();
    await pool.start(leaseId);
    await page
      .getByTestId("time-left")
      .getByText(/^02:00:00$|^01:59:5/)
      .waitFor();
    const balance = page.getByRole("region", { name: "Time left" });
    await balance.getByText(/1.500.5 sats, charged once when it started/).waitFor();
    await balance.getByText(/of 1.280 sats left/).waitFor();
    pool.mine(3_600);
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page
      .getByRole("dialog")
      .getByText(/About 640 sats are unspent/)
      .waitFor();
    await page.keyboard.press("Escape");
    pool.close(leaseId, "stopped");
    const ended = page.getByRole("region", { name: "This lease is over" });
    await ended.getByText(/1.500.5 sats, charged once/).waitFor();
    await ended.getByText(/2.140 sats/).waitFor();
    expect(realComplaints(watched)).to.deep.equal([]);
  });

  it("is named before the launch, with what the account's limit makes of it", async () => {
    const { pool, api } = rig();
    const watched = await rig().open();
    const { page } = watched;
    const fee = page.getByRole("complementary", { name: "Summary" }).getByTestId("start-fee");
    await page.goto(`${api.url}/launch/${OFFER}`);
    await fee.getByText(/1.500.5 sats, charged once when it starts; waived within your limit/).waitFor();
    await fee.getByText(/This browser has no account yet/).waitFor();
    expect(
      api.requests.filter((path) => path.includes("/trust")),
      "nothing to ask about",
    ).to.deep.equal([]);

    await launch(rig(), watched, OFFER, 2);
    const look = async (limit: typeof pool.limit, words: RegExp) => {
      pool.limit = limit;
      await page.goto(`${api.url}/launch/${OFFER}`);
      await fee.getByText(words).waitFor();
    };
    await look({ units: 8, free: 6 }, /within your limit now: the fee would be waived/);
    await look({ units: 8, free: 5.5 }, /beyond your limit now: 5\.5 of 8 compute units are free\.$/);
    await look({ units: 0, free: 0, exhausted: true }, /the provider may have to decline/);
    expect(api.requests.findLast((path) => path.includes("/trust"))).to.match(
      /^\/api\/accounts\/0x[0-9a-fA-F]{40}\/trust\?units=6$/,
    );
    expect(realComplaints(watched)).to.deep.equal([]);
    await look(undefined, /waived within your limit$/);
    expect(await page.getByRole("button", { name: "Get the address to pay to" }).isEnabled()).to.equal(true);
    await page.goto(`${api.url}/launch/2`);
    await page.getByText("after 3 confirmations").waitFor();
    expect(await page.getByText("Start fee").count(), "nothing is asked").to.equal(0);
  });

  it("is waived by a start within the holder's limit, and buys time then", async () => {
    const { pool } = rig();
    const { page, leaseId } = await open();
    pool.open(leaseId);
    pool.credit(leaseId, pool.pay(leaseId, 2_781n));
    await pool.start(leaseId, true);
    const balance = page.getByRole("region", { name: "Time left" });
    await balance.getByText("Waived: the start was within your limit").waitFor();
    await balance.getByText(/of 2.781 sats left/).waitFor();
    await page
      .getByTestId("time-left")
      .getByText(/^04:20:/)
      .waitFor();
  });

  it("is not charged by a start that never was, and is not named where none was agreed", async () => {
    const { pool } = rig();
    const { page, leaseId, watched } = await open();
    pool.open(leaseId);
    pool.credit(leaseId, pool.pay(leaseId, 2_781n));
    pool.close(leaseId, "declined", "the start price rose");
    await page.getByRole("region", { name: "This lease is over" }).getByText("Not charged: it never started").waitFor();
    const other = await launch(rig(), watched, "2");
    await run(rig(), watched, other, 7_680n);
    expect(await page.getByText("Start fee").count()).to.equal(0);
  });
});
