// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { launch, realComplaints, run, useRig } from "./rig.ts";

const TOKEN = `0x${"7a".repeat(20)}`;

describe("web: leases that end early, and those of other kinds", function () {
  this.timeout(60_000);
  const rig = useRig();

  it("stops with the holder's signature, after saying what comes back and where", async () => {
    const { pool, open } = rig();
    const watched = await open();
    const { page } = watched;
    const leaseId = await launch(rig(), watched, "2");
    await run(rig(), watched, leaseId, 7_680n);
    pool.mine(3_600);
    await page
      .getByTestId("time-left")
      .getByText(/^2[23]:/)
      .waitFor();

    const stop = page.getByRole("button", { name: "Stop", exact: true });
    await stop.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Stop this lease?" });
    await dialog.getByText("7 360 sats").waitFor();
    await dialog.getByText(/name no refund address: what is covered is owed to you in XOV/).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(pool.actions).to.have.length(0);
    expect(await stop.evaluate("document.activeElement?.textContent"), "the focus comes back").to.equal("Stop");

    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Stop and delete the server" }).click();
    await page.getByText("Waiting for the chain to record the end").waitFor();
    expect(pool.actions.map(({ kind, leaseId: of }) => [kind, of])).to.deep.equal([["stop", leaseId]]);
    pool.close(leaseId, "stopped");
    await page.getByText("You stopped it.").waitFor();
    await page.getByText("Stopped by the holder.").waitFor();
    expect(realComplaints(watched)).to.deep.equal([]);
  });

  it("says why it is not stopped, and can be tried again", async () => {
    const { pool, open } = rig();
    const watched = await open();
    const { page } = watched;
    const leaseId = await launch(rig(), watched, "2");
    await run(rig(), watched, leaseId, 7_680n);
    const press = async () => {
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      await page.getByRole("button", { name: "Stop and delete the server" }).click();
    };
    const detail = "A stop of another lease uses the same nonce; sign again once it is done.";
    pool.refuseActions = { status: 409, code: "ACTION_UNDER_WAY", title: "Another action is under way", detail };
    await press();
    await page.getByText("It is not stopped.").waitFor();
    await page.getByText(detail).waitFor();
    pool.refuseActions = undefined;
    await press();
    await page.getByText("Waiting for the chain to record the end").waitFor();
    expect(await page.getByText("It is not stopped.").count()).to.equal(0);
    // The relayer gives up, and nobody says so.
    for (let minute = 0; minute < 2; minute++) pool.mine(60);
    await page.getByText(/The chain has not recorded it yet/).waitFor();
    await press();
    await page.getByText("Waiting for the chain to record the end").waitFor();
    expect(pool.actions, "each with the nonce of its time").to.have.length(2);
  });

  it("offers nobody to stop what is another's", async () => {
    const { pool, open } = rig();
    const watched = await open();
    const leaseId = await launch(rig(), watched, "2");
    await run(rig(), watched, leaseId, 7_680n);
    const stranger = await open();
    await launch(rig(), stranger, "1");
    await stranger.page.goto(`${rig().api.url}/lease/${leaseId}`);
    await stranger.page.getByTestId("time-left").waitFor();
    expect(await stranger.page.getByRole("button", { name: "Stop", exact: true }).count()).to.equal(0);
    expect(pool.leases.get(leaseId)?.state).to.equal("active");
  });

  it("shows a lease in a token in its own units, stops it, and never calls them satoshi", async () => {
    const { pool, api, open } = rig();
    for (const options of [{ width: 1280 }, { width: 360, height: 740 }]) {
      const watched = await open(options);
      const { page } = watched;
      const leaseId = await launch(rig(), watched, "2");
      await run(rig(), watched, leaseId, 7_680n);
      pool.change(leaseId, { token: TOKEN, timeline: [] });
      await page.getByRole("heading", { name: "Paid in a token" }).waitFor();
      await page.getByText("ssh debian@203.0.113.57").waitFor();
      await page
        .getByText(/token units per hour/)
        .first()
        .waitFor();
      expect(await page.getByRole("main").textContent()).to.not.match(/\bsats?\b/i);
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      await page.getByText("They go back to your balance in the vault.").waitFor();
      await page.getByRole("button", { name: "Stop and delete the server" }).click();
      await page.getByText("Waiting for the chain to record the end").waitFor();
      pool.close(leaseId, "stopped");
      await page.getByText("To your balance in the vault.").waitFor();
      await page.goto(`${api.url}/leases`);
      const row = page.getByRole("main").getByRole("listitem").first();
      await row.getByText("Ended").waitFor();
      expect(await row.textContent()).to.not.match(/\bsats?\b/i);
      const wider = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      expect(wider, "pixels too wide").to.be.at.most(0);
    }
  });

  it("tells of notice, of reserved capacity and of a rebuild", async () => {
    const { pool, open } = rig();
    const watched = await open();
    const { page } = watched;
    const leaseId = await launch(rig(), watched, "2");
    await run(rig(), watched, leaseId, 7_680n);
    pool.change(leaseId, { endsAt: 50_000 + 600 });
    await page.getByText("The provider has given notice.").waitFor();
    await page.getByText("ssh debian@203.0.113.57").waitFor();
    await page
      .getByTestId("time-left")
      .getByText(/^(09|10):/)
      .waitFor();
    expect(await page.getByRole("heading", { name: "Add time" }).count(), "it cannot be extended").to.equal(0);
    expect(await page.getByText(/Add time below/).count()).to.equal(0);

    const lease = pool.leases.get(leaseId);
    delete lease?.endsAt;
    pool.change(leaseId, { startBy: pool.block().time + 1_800 });
    await page.getByText("Your server is being rebuilt").waitFor();
    expect(await page.getByText("ssh debian@203.0.113.57").count(), "the former details no longer hold").to.equal(0);
    pool.mine(1_900);
    await page.getByText("The provider has not started it in time.").waitFor();
    await page.getByText(/What is unspent is yours again/).waitFor();

    delete lease?.startBy;
    pool.change(leaseId, { state: "reserved" });
    await page.getByText("The place is reserved, and nothing runs on it yet.").waitFor();
    await page.getByRole("heading", { name: "Add time" }).waitFor();
    expect(realComplaints(watched)).to.deep.equal([]);
  });
});
