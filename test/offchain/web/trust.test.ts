// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { launch, realComplaints, run, useRig } from "./rig.ts";

describe("web: what the page believes, keeps and survives", function () {
  this.timeout(60_000);
  const rig = useRig();
  const LIE = `bcrt1p${"q".repeat(52)}7fvy5k`;

  it("does not show an address that does not belong to the lease", async () => {
    const { pool, open } = rig();
    const watched = await open();
    const leaseId = await launch(rig(), watched, "2");
    const lease = pool.leases.get(leaseId);
    if (lease === undefined) throw new Error("no lease");
    lease.address = LIE;
    pool.open(leaseId);
    await watched.page.getByText("Do not pay. The address is not shown.").waitFor();
    expect(await watched.page.getByTestId("address").count()).to.equal(0);
    expect(await watched.page.getByRole("img", { name: /QR/ }).count()).to.equal(0);
    expect(await watched.page.getByRole("link", { name: "Open in wallet" }).count()).to.equal(0);
  });

  it("opens on a second browser from its link, which checks the address too", async () => {
    const { pool, open } = rig();
    const first = await open();
    const leaseId = await launch(rig(), first, "2");
    await run(rig(), first, leaseId, 7_680n);
    const link = first.page.url();

    const second = await open({ width: 360, height: 740 });
    await second.page.goto(link);
    await second.page.getByText("ssh debian@203.0.113.57").waitFor();
    await second.page.getByRole("button", { name: "Show address" }).click();
    await second.page.getByText("Computed in this browser").waitFor();
    await second.page.goto(`${rig().api.url}/leases`);
    await second.page.getByText("Running").waitFor();

    const bare = await open();
    await bare.page.goto(link.replace(/\.[0-9a-f]{64}$/, ""));
    await bare.page.getByRole("button", { name: "Show address" }).click();
    await bare.page.getByText(/takes the address from the pool/).waitFor();

    const without = await open();
    await without.page.goto(link.replace(/#.*/, ""));
    await without.page.getByText("This page needs your account secret").waitFor();
    expect(await without.page.getByText("203.0.113.57").count()).to.equal(0);
    expect(pool.leases.size).to.equal(1);
  });

  it("says that a link is damaged", async () => {
    const { open, api } = rig();
    const watched = await open();
    await watched.page.goto(`${api.url}/lease/0x${"00".repeat(32)}#xovsecret1qqqqqqqqqqqq`);
    await watched.page.getByText("The link is damaged.").waitFor();
  });

  it("does not give up its own account for a link's, unless told to", async () => {
    const { api, open } = rig();
    const theirs = await open();
    const leaseId = await launch(rig(), theirs, "2");
    await run(rig(), theirs, leaseId, 7_680n);
    const mine = await open();
    await launch(rig(), mine, "1");
    const own = await mine.page.evaluate("localStorage.getItem('xov.secret')");
    await mine.page.goto(theirs.page.url());
    await mine.page.getByText("ssh debian@203.0.113.57").waitFor();
    expect(mine.page.url()).to.equal(theirs.page.url());
    await mine.page.getByRole("button", { name: "Back to mine" }).click();
    expect(await mine.page.evaluate("localStorage.getItem('xov.secret')")).to.equal(own);
    await mine.page.goto(theirs.page.url());
    await mine.page.getByRole("button", { name: "Keep this account here instead" }).click();
    await mine.page.goto(`${api.url}/leases`);
    await mine.page.getByText("Running").waitFor();
  });

  it("warns until the secret is saved, and reads its backup in another browser", async () => {
    const { api, open } = rig();
    const watched = await open();
    const { page } = watched;
    const leaseId = await launch(rig(), watched, "2");
    await run(rig(), watched, leaseId, 7_680n);
    await page.getByText("Save your account secret.").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download" }).click(),
    ]);
    const file = await download.path();
    expect(await readFile(file, "utf8")).to.match(/xovsecret1/);
    await page.getByRole("button", { name: "I have saved it" }).click();
    await page.getByText("Save your account secret.").waitFor({ state: "detached" });
    await page.reload();
    await page.getByText("ssh debian@203.0.113.57").waitFor();
    expect(await page.getByText("Save your account secret.").count()).to.equal(0);

    const other = await open();
    await other.page.goto(`${api.url}/account`);
    await other.page.getByLabel("Account secret").fill("xovsecret1typo");
    await other.page.getByRole("button", { name: "Use this account" }).click();
    await other.page.getByText(/mistake in this secret/).waitFor();
    await other.page.getByLabel("Read a backup file").setInputFiles(file);
    await other.page.getByText("Your secret").waitFor();
    await other.page.getByRole("link", { name: "My leases" }).click();
    await other.page.getByText("Running").waitFor();
    expect(realComplaints(other)).to.deep.equal([]);
  });

  it("goes on when the pool goes away and comes back", async () => {
    const { api, pool, open } = rig();
    const watched = await open();
    const leaseId = await launch(rig(), watched, "2");
    pool.open(leaseId);
    await watched.page.getByText("Pay to start").waitFor();
    await watched.page.getByText("Live", { exact: true }).waitFor();
    api.setDown(true);
    await watched.page.getByText(/Reconnecting/).waitFor();
    pool.pay(leaseId, 7_680n);
    api.setDown(false);
    await watched.page.getByText("Your payment is on its way.").waitFor();
    await watched.page.getByText("Live", { exact: true }).waitFor({ timeout: 45_000 });
  });

  it("resumes a stream that broke with the id of its last event", async () => {
    const { api, pool, open } = rig();
    const watched = await open();
    const leaseId = await launch(rig(), watched, "2");
    pool.open(leaseId);
    await watched.page.getByText("Pay to start").waitFor();
    api.breakStreams();
    pool.pay(leaseId, 7_680n);
    await watched.page.getByText("Your payment is on its way.").waitFor();
    expect(api.resumedFrom).not.to.deep.equal([]);
  });

  it("keeps a signed launch that the pool did not answer, and sends it again", async () => {
    const { api, pool, open } = rig();
    const watched = await open();
    const { page } = watched;
    await page.goto(`${api.url}/launch/2`);
    await page
      .getByLabel("Public SSH key")
      .fill("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl");
    pool.refuseTakes = { status: 503, code: "RELAYER_UNREACHABLE", title: "Away", detail: "Send it again." };
    await page.getByRole("button", { name: "Get the address to pay to" }).click();
    await page.getByText("Not sent yet").waitFor();
    pool.refuseTakes = undefined;
    await page.reload();
    await page.getByRole("button", { name: "Send it again" }).click();
    await page.getByText("Reserving your server").waitFor();
    expect(pool.leases.size).to.equal(1);
  });

  it("says why a launch is refused, and keeps what was entered", async () => {
    const { api, pool, open } = rig();
    const { page } = await open();
    await page.goto(`${api.url}/launch/2`);
    await page.getByRole("button", { name: "Get the address to pay to" }).click();
    await page.getByText(/Paste a public SSH key/).waitFor();
    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    await page.getByLabel("Public SSH key").fill(key);
    await page.getByLabel(/Refund address/).fill("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
    await page.getByRole("button", { name: "Get the address to pay to" }).click();
    await page.getByText(/of another network/).waitFor();
    await page.getByLabel(/Refund address/).fill("");
    pool.refuseTakes = { status: 409, code: "Exchange_SoldOut", title: "Sold out", detail: "Nothing left." };
    await page.getByRole("button", { name: "Get the address to pay to" }).click();
    await page.getByText("Somebody was quicker: this offer is sold out.").waitFor();
    expect(await page.getByLabel("Public SSH key").inputValue()).to.equal(key);
    expect(pool.leases.size).to.equal(0);
  });

  it("tells who is filling in the form that the offer is gone, and keeps the form", async () => {
    const { api, pool, open } = rig();
    const { page } = await open();
    await page.goto(`${api.url}/launch/2`);
    await page.getByLabel("Public SSH key").fill("ssh-ed25519 AAAA");
    pool.offers.splice(1, 1);
    pool.changeOffers();
    await page.getByText("This offer has just been sold or withdrawn.").waitFor();
    expect(await page.getByLabel("Public SSH key").inputValue()).to.equal("ssh-ed25519 AAAA");
    expect(await page.getByRole("button", { name: "Get the address to pay to" }).isDisabled()).to.equal(true);
    await page.reload();
    await page.getByText("This offer is gone").waitFor();
  });
});
