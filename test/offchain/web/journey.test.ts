// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { launch, realComplaints, run, useRig } from "./rig.ts";

describe("web: the site in a browser, from an offer to the end", function () {
  this.timeout(60_000);
  const rig = useRig();

  it("filters, launches, shows a payment on its way, access, the time left, and how it ends", async () => {
    const { pool, api, open, newest } = rig();
    const watched = await open();
    const { page, context, requests } = watched;
    const sees = (text: string | RegExp) => page.getByText(text).first().waitFor();

    await page.goto(api.url);
    await page.getByLabel("vCPUs", { exact: true }).selectOption("2");
    await page.getByLabel("Location").selectOption("eu-helsinki");
    await page.getByLabel("Image").selectOption("debian-12");
    await sees("2 offers");
    expect(new URL(page.url()).search).to.equal("?image=debian-12&region=eu-helsinki&vcpus=2");
    await page.reload();
    await sees("2 offers");
    expect(await page.getByLabel("Location").inputValue(), "the link keeps the filter").to.equal("eu-helsinki");

    await page.getByRole("link", { name: /^Launch 2.vCPU/ }).click();
    await page
      .getByLabel("Public SSH key")
      .fill("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl");
    await page.getByRole("button", { name: "6 hours" }).click();
    await sees(/1.920 sats/);
    await page.getByRole("button", { name: "Get the address to pay to" }).click();

    await sees("Reserving your server");
    const leaseId = newest();
    const address = pool.leases.get(leaseId)?.address ?? "";
    await page.getByTestId("address").waitFor();
    expect(await page.getByTestId("address").textContent()).to.equal(address);
    expect(page.url(), "the link holds the secret and the appliance's key").to.match(
      /#xovsecret1[a-z0-9]+\.[0-9a-f]{64}$/,
    );

    pool.open(leaseId);
    await sees("Pay to start");
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    const wallet = await page.getByRole("link", { name: "Open in wallet" }).getAttribute("href");
    expect(wallet).to.equal(`bitcoin:${address}?amount=0.0000192`);
    await sees("buys 6 hours");
    await sees(/Covered by the provider's stake/);

    const payment = pool.pay(leaseId, 1_920n);
    await sees("seen, waiting for a block");
    pool.update(leaseId, payment, { status: "confirming", confirmations: 2 });
    await sees("2 of 3 confirmed");
    pool.credit(leaseId, payment);
    await sees("The provider starts your server");
    await pool.start(leaseId);
    await sees("ssh debian@203.0.113.57");
    await sees("ssh debian@2001:db8:4a1::57");

    expect(await page.getByTestId("time-left").textContent()).to.match(/^05:59:5\d$|^06:00:00$/);
    pool.mine(3_600);
    await page
      .getByTestId("time-left")
      .getByText(/^0[45]:/)
      .waitFor();
    expect(await page.title()).to.match(/^0[45]:\d\d:\d\d left · 2/);
    for (let hour = 0; hour < 4; hour++) pool.mine(3_600);
    pool.mine(2_800);
    await sees("Little is left.");
    const more = pool.pay(leaseId, 320n);
    pool.credit(leaseId, more);
    await page.getByText("Little is left.").waitFor({ state: "detached" });

    pool.mine(3_600);
    pool.mine(3_600);
    await sees("What you paid is used up; the server is stopped.");
    pool.close(leaseId, "exhausted");
    await sees("This lease is over");
    await sees(/grace period passed without a payment/);

    expect(realComplaints(watched)).to.deep.equal([]);
    const elsewhere = requests.filter((url) => !url.startsWith(`${api.url}/`) && !url.startsWith("blob:"));
    expect(elsewhere, "requests to other sites").to.deep.equal([]);
    expect(await context.cookies()).to.deep.equal([]);
  });

  it("never sends the secret, in a path, a header or a body", async () => {
    const { api, open } = rig();
    const watched = await open();
    const sent: string[] = [];
    await watched.context.route("**/*", async (route) => {
      const request = route.request();
      sent.push([request.url(), JSON.stringify(await request.allHeaders()), request.postData() ?? ""].join("\n"));
      await route.continue();
    });
    const leaseId = await launch(rig(), watched, "3");
    await run(rig(), watched, leaseId, 7_680n);
    await watched.page.goto(`${api.url}/leases`);
    await watched.page.getByText("Running").waitFor();
    const secret = await watched.page.evaluate("localStorage.getItem('xov.secret')");
    expect(secret).to.match(/^xovsecret1/);
    expect(sent.length).to.be.above(8);
    expect(sent.filter((text) => text.includes("xovsecret1"))).to.deep.equal([]);
    expect(sent.filter((text) => text.includes("AGE-SECRET-KEY"))).to.deep.equal([]);
  });

  it("tells of a payment that is replaced, and asks for another", async () => {
    const { pool, open } = rig();
    const watched = await open();
    const leaseId = await launch(rig(), watched, "2");
    pool.open(leaseId);
    const payment = pool.pay(leaseId, 7_680n);
    await watched.page.getByText("Your payment is on its way.").waitFor();
    pool.update(leaseId, payment, { status: "replaced", replacedBy: "cd".repeat(32) });
    await watched.page.getByText(/spends the same coins/).waitFor();
    await watched.page.getByRole("heading", { name: "Pay to start" }).waitFor();
  });

  it("says why a provider declined, and what is owed", async () => {
    const { pool, open } = rig();
    const watched = await open();
    const leaseId = await launch(rig(), watched, "2");
    pool.open(leaseId);
    pool.credit(leaseId, pool.pay(leaseId, 7_680n));
    pool.close(leaseId, "declined", "no host has room");
    await watched.page.getByText("“no host has room”").waitFor();
    await watched.page.getByText(/In XOV, from the stake/).waitFor();
  });

  it("does not start, is not paid, and stands still, by the chain's time alone", async () => {
    const { pool, open } = rig();
    const watched = await open();
    const late = await launch(rig(), watched, "2");
    pool.open(late);
    pool.credit(late, pool.pay(late, 7_680n));
    await watched.page.getByText("The provider starts your server").waitFor();
    pool.mine(1_900);
    await watched.page.getByText("The provider has not started it in time.").waitFor();

    const unpaid = await launch(rig(), watched, "2");
    pool.open(unpaid);
    await watched.page.getByText("Pay to start").waitFor();
    pool.mine(3_700);
    await watched.page.getByText("Do not pay to this address any more").first().waitFor();
    expect(await watched.page.getByTestId("address").count()).to.equal(0);

    const silent = await launch(rig(), watched, "2");
    await run(rig(), watched, silent, 7_680n);
    pool.mine(7_200, { beat: false });
    await watched.page.getByText("The clock stands still.").waitFor();
    await watched.page.getByTestId("time-left").getByText("23:00:00").waitFor();
  });

  it("shows all leases of the account, with their time left", async () => {
    const { api, pool, open } = rig();
    const watched = await open();
    const first = await launch(rig(), watched, "2");
    await run(rig(), watched, first, 7_680n);
    await launch(rig(), watched, "1");
    pool.open(rig().newest());
    await watched.page.goto(`${api.url}/leases`);
    const rows = watched.page.getByRole("main").getByRole("listitem");
    await rows.nth(1).waitFor();
    expect(await rows.allInnerTexts()).to.satisfy(([newest = "", oldest = ""]: string[]) => {
      return newest.includes("Waiting for payment") && oldest.includes("Running") && /\d\d:\d\d:\d\d/.test(oldest);
    });
    await rows.nth(1).getByRole("link").click();
    await watched.page.getByText("ssh debian@203.0.113.57").waitFor();
  });
});
