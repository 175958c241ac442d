// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Browser } from "playwright-core";
import { findChromium, openChromium, openPage, type WatchedPage } from "../../offchain/web/chromium.ts";
import { type Market, startMarket } from "./market.ts";

const SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@home";
const HELSINKI = 1;
const HOUR_S = 3_600;

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
    const cloud = market.shops[HELSINKI]?.cloud;
    const statuses = () => cloud?.control.servers().map(({ status }) => status) ?? [];

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

  async function launch({ page }: WatchedPage): Promise<string> {
    await page.goto(market.url);
    await page.getByLabel("Location").selectOption("Helsinki, FI");
    await page.getByLabel("vCPUs", { exact: true }).selectOption("2");
    await page
      .getByRole("link", { name: /^Launch 2.vCPU/ })
      .first()
      .click();
    await page.getByLabel("debian-12").check();
    await page.getByLabel("Public SSH key").fill(SSH_KEY);
    await page.getByLabel("Hours to prepay").fill("1");
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

function sees({ page }: WatchedPage, text: string | RegExp): Promise<void> {
  return page.getByText(text).first().waitFor({ timeout: 30_000 });
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries === 150) expect.fail("it did not come about within 15 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
