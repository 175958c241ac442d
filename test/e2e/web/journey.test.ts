// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Browser } from "playwright-core";
import { z } from "zod";
import { findChromium, openChromium, openPage, type WatchedPage } from "../../offchain/web/chromium.ts";
import { type Market, startMarket } from "./market.ts";

const SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@home";
const HELSINKI = 1;
const HOUR_S = 3_600;

interface Order {
  readonly hours?: number;
  readonly refund?: string;
}

describe("the site, with everything behind it real", function () {
  this.timeout(240_000);
  let market: Market;
  let browser: Browser;

  before(async function () {
    const chromium = findChromium();
    if (chromium === undefined) this.skip();
    market = await startMarket();
    browser = await openChromium(chromium);
  });

  after(async () => {
    await browser?.close();
    await market?.stop();
  });

  it("sells a server for bitcoin, from the list of offers to its deletion", async () => {
    const watched = await openPage(browser);
    const { page } = watched;
    const statuses = () => servers().map(({ status }) => status);

    const address = await launch(watched);
    const amount = await amountAsked(watched);
    await market.stack.wallet.pay(address, amount);
    await sees(watched, "seen, waiting for a block");
    await market.stack.wallet.mine(1);
    await sees(watched, "1 of 2 confirmed");
    await market.stack.wallet.mine(1);
    await sees(watched, /ssh debian@10\.77\./);
    expect(statuses()).to.deep.equal(["ACTIVE"]);

    const second = await openPage(browser, { width: 360, height: 740 });
    await second.page.goto(page.url());
    await sees(second, /ssh debian@10\.77\./);
    await second.context.close();

    await market.pass(50 * 60);
    await sees(watched, "Little is left.");
    await market.stack.wallet.pay(address, amount);
    await market.stack.wallet.mine(2);
    await page.getByText("Little is left.").waitFor({ state: "detached" });

    await market.pass(70 * 60);
    await sees(watched, "What you paid is used up; the server is stopped.");
    await until(() => statuses()[0] === "SHUTOFF");
    await market.pass(HOUR_S);
    await sees(watched, "This lease is over");
    await until(() => statuses().length === 0);

    const elsewhere = watched.requests.filter((url) => !url.startsWith(`${market.url}/`) && !url.startsWith("blob:"));
    expect(elsewhere, "requests to other sites").to.deep.equal([]);
    await watched.context.close();
  });

  it("gives back what is unspent when its holder stops it", async () => {
    const watched = await openPage(browser);
    const { page } = watched;
    const refund = await market.stack.wallet.newAddress();
    const { address, amount } = await launched(watched, { hours: 2, refund });
    await paid(address, amount);
    await sees(watched, /ssh debian@10\.77\./);
    await market.pass(30 * 60);
    await page
      .getByTestId("time-left")
      .getByText(/^01:2\d:/)
      .waitFor();

    await page.getByRole("button", { name: "Stop", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Stop this lease?" });
    await dialog.getByText(refund).waitFor();
    expect(await dialog.textContent()).to.match(/About 1.4\d\d sats are unspent/);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(servers(), "nothing is stopped by asking").to.have.length(1);

    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await dialog.getByRole("button", { name: "Stop and delete the server" }).click();
    await sees(watched, "This lease is over");
    await sees(watched, "You stopped it.");
    await sees(
      watched,
      /^Stopped by the holder\. The provider keeps 4\d\d[.\d]* sats and owes back 14\d\d[.\d]* sats\.$/,
    );
    await sees(watched, "Too small: a refund would cost about as much");
    await until(() => servers().length === 0);
    await watched.context.close();
  });

  it("tells of a payment that is replaced by one to elsewhere, and takes another", async () => {
    const watched = await openPage(browser);
    const { address, amount } = await launched(watched);
    const { wallet } = market.stack;
    const txid = await wallet.pay(address, amount);
    await sees(watched, "seen, waiting for a block");
    await sees(watched, "Your payment is on its way.");
    const elsewhere = { [await wallet.newAddress()]: Number(amount) / 1e8 };
    const bumped = await wallet.call("bumpfee", [txid, { outputs: [elsewhere] }], z.object({ txid: z.string() }));
    await sees(watched, new RegExp(`^Transaction ${bumped.txid.slice(0, 10)}… spends the same coins`));
    await sees(watched, "Pay to start");
    await wallet.mine(2);
    await sees(watched, "Pay to start");
    expect(servers()).to.deep.equal([]);
    await paid(address, amount);
    await sees(watched, /ssh debian@10\.77\./);
    await stopped(watched);
  });

  it("waits for a provider whose VA is down while the payment comes, and is served when it is back", async () => {
    const watched = await openPage(browser);
    const { address, amount } = await launched(watched);
    await market.stopVa(HELSINKI);
    await paid(address, amount);
    await sees(watched, "Paid. The provider starts your server");
    expect(servers()).to.deep.equal([]);
    await market.startVa(HELSINKI);
    await sees(watched, /ssh debian@10\.77\./);
    await stopped(watched);
  });

  it("shows the new access details when a server is lost behind the VA's back", async () => {
    const watched = await openPage(browser);
    const { address, amount } = await launched(watched);
    await paid(address, amount);
    await sees(watched, /ssh debian@10\.77\./);
    const [lost] = servers();
    expect(cloud().control.vanish(lost?.id ?? "")).to.equal(true);
    // For a minute the VA cannot know whether an attempt of its own is still under way.
    await sees(watched, "The provider posted new access details.", 100_000);
    await sees(watched, /ssh debian@10\.77\./);
    expect(servers().map(({ status }) => status)).to.deep.equal(["ACTIVE"]);
    expect(servers()[0]?.id).to.not.equal(lost?.id);
    await stopped(watched);
  });

  it("says why a provider declines, and what it owes", async () => {
    const watched = await openPage(browser);
    const { address, amount } = await launched(watched);
    const body = { badRequest: { code: 400, message: "Flavor's disk is too small for requested image." } };
    cloud().control.fault({ method: "POST", path: "/servers$", effect: { kind: "status", status: 400, body } });
    try {
      await paid(address, amount);
      await sees(watched, "This lease is over");
      await sees(
        watched,
        /^The provider declined it\. It said: “The provider's cloud refuses the server: .*disk is too small/,
      );
      await sees(watched, /^Closed, because the provider declined\. The provider keeps 0 sats and owes back/);
      expect(servers()).to.deep.equal([]);
    } finally {
      cloud().control.clear();
    }
    await watched.context.close();
  });

  function cloud() {
    const shop = market.shops[HELSINKI];
    if (shop === undefined) throw new Error("there is no shop in Helsinki");
    return shop.cloud;
  }

  function servers() {
    return cloud().control.servers();
  }

  /** Launches, and reads where and how much to pay. */
  async function launched(watched: WatchedPage, order: Order = {}): Promise<{ address: string; amount: bigint }> {
    const address = await launch(watched, order);
    return { address, amount: await amountAsked(watched) };
  }

  async function paid(address: string, sats: bigint): Promise<void> {
    await market.stack.wallet.pay(address, sats);
    await market.stack.wallet.mine(2);
  }

  /** Ends a lease that runs, so that the next test finds an empty cloud. */
  async function stopped(watched: WatchedPage): Promise<void> {
    await watched.page.getByRole("button", { name: "Stop", exact: true }).click();
    await watched.page.getByRole("button", { name: "Stop and delete the server" }).click();
    await sees(watched, "You stopped it.");
    await until(() => servers().length === 0);
    await watched.context.close();
  }

  async function launch({ page }: WatchedPage, { hours = 1, refund }: Order = {}): Promise<string> {
    await page.goto(market.url);
    await page.getByLabel("Location").selectOption("Helsinki, FI");
    await page.getByLabel("vCPUs", { exact: true }).selectOption("2");
    await page
      .getByRole("link", { name: /^Launch 2.vCPU/ })
      .first()
      .click();
    await page.getByLabel("debian-12").check();
    await page.getByLabel("Public SSH key").fill(SSH_KEY);
    await page.getByLabel("Hours to prepay").fill(`${hours}`);
    if (refund !== undefined) {
      await page.getByLabel("Refund address").fill(refund);
    }
    await page.getByRole("button", { name: "Get the address to pay to" }).click();
    await page.getByText("Pay to start").first().waitFor();
    return (await page.getByTestId("address").textContent()) ?? "";
  }

  /** Satoshi, as the link for wallets names them. */
  async function amountAsked({ page }: WatchedPage): Promise<bigint> {
    const link = (await page.getByRole("link", { name: "Open in wallet" }).getAttribute("href")) ?? "";
    return BigInt(Math.round(Number(/amount=([\d.]+)/.exec(link)?.[1]) * 1e8));
  }
});

function sees({ page }: WatchedPage, text: string | RegExp, timeout = 30_000): Promise<void> {
  return page.getByText(text).first().waitFor({ timeout });
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries === 150) expect.fail("it did not come about within 15 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
