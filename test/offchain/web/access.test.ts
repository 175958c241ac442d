// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Page } from "playwright-core";
import { launch, SSH_KEY, useRig } from "./rig.ts";

/** How far the page is wider than its window. */
const overflow = (page: Page) =>
  page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

/** Text whose contrast with what is behind it is less than WCAG 2.1 AA asks (4.5, or 3 for large text). */
const CONTRAST = `(() => {
  const parse = (color) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d");
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const part = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    if (!own || element.closest(":disabled, .hidden, .skip, noscript") || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(parse(style.color)), luminance(behind(element))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24;
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) {
      poor.push(element.className + ": " + element.textContent.slice(0, 30) + " " + ((a + 0.05) / (b + 0.05)).toFixed(2));
    }
  }
  return poor;
})()`;

describe("web: for every reader", function () {
  this.timeout(90_000);
  const rig = useRig();

  for (const [name, options] of Object.entries({
    "a phone, light": { width: 360, height: 740 },
    "a phone, dark": { width: 360, height: 740, dark: true },
    "a desk, light": { width: 1280 },
    "a desk, dark": { width: 1280, dark: true },
  })) {
    it(`fits and is legible on ${name}`, async () => {
      const { api, pool, open } = rig();
      const watched = await open(options);
      const { page } = watched;
      const check = async (state: string) => {
        expect(await overflow(page), `${state}: pixels too wide`).to.equal(0);
        expect(await page.evaluate<string[]>(CONTRAST), `${state}: poor contrast`).to.deep.equal([]);
      };
      await page.goto(api.url);
      await page.getByText("8 offers").waitFor();
      await check("offers");
      for (const path of ["/leases", "/account", "/about", "/nothing"]) {
        await page.goto(api.url + path);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await check(path);
      }
      await page.goto(`${api.url}/launch/2`);
      await page.getByRole("button", { name: "Get the address to pay to" }).click();
      await page.getByText(/Paste a public SSH key/).waitFor();
      await check("launch");
      const leaseId = await launch(rig(), watched, "2");
      await check("queued");
      pool.open(leaseId);
      await page.getByText("Pay to start").waitFor();
      await page.getByTestId("address").waitFor();
      await check("payment");
      pool.update(leaseId, pool.pay(leaseId, 1n), { status: "replaced" });
      const payment = pool.pay(leaseId, 7_680n);
      await page.getByText("seen, waiting for a block").first().waitFor();
      await check("seen");
      pool.credit(leaseId, payment);
      await pool.start(leaseId);
      await page.getByText("ssh debian@203.0.113.57").waitFor();
      await page.getByText(/^Host keys/).click();
      await page.getByRole("button", { name: "Show address" }).click();
      await check("running");
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      await page.getByText(/name no refund address/).waitFor();
      await check("stop?");
      await page.getByRole("button", { name: "Keep it running" }).click();
      const rest = { token: undefined, startBy: undefined, endsAt: undefined, state: "active" } as const;
      for (const [state, change, sign] of [
        ["notice", { endsAt: 50_600 }, "The provider has given notice."],
        ["rebuild", { startBy: pool.block().time + 1_800 }, "Your server is being rebuilt"],
        ["reserved", { state: "reserved" }, "The place is reserved, and nothing runs on it yet."],
        ["token", { token: `0x${"7a".repeat(20)}` }, "Paid in a token"],
      ] as const) {
        pool.change(leaseId, { ...rest, ...change });
        await page.getByText(sign).first().waitFor();
        await check(state);
      }
      pool.change(leaseId, rest);
      for (let hour = 0; hour < 23; hour++) pool.mine(3_600);
      pool.mine(3_000);
      await page.getByText("Little is left.").waitFor();
      await check("low");
      pool.mine(3_600);
      await page.getByText(/the server is stopped/).waitFor();
      await check("grace");
      pool.close(leaseId, "exhausted");
      await page.getByText("This lease is over").waitFor();
      await check("ended");
    });
  }

  it("is used with the keyboard alone, with the focus always in sight", async () => {
    const { api, open, pool } = rig();
    const { page } = await open();
    const press = (key: string) => page.keyboard.press(key);
    const focused = () =>
      page.evaluate<string>("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent");
    const outline = () => page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle");
    const tabTo = async (name: RegExp) => {
      for (let steps = 0; steps < 60; steps++) {
        await press("Tab");
        if (name.test(await focused())) {
          expect(await outline(), `outline of ${name}`).to.equal("solid");
          return;
        }
      }
      throw new Error(`the keyboard does not reach ${name}`);
    };
    await page.goto(api.url);
    await page.getByText("8 offers").waitFor();
    await tabTo(/^Skip to the page$/);
    await press("Enter");
    expect(await page.evaluate("document.activeElement.tagName")).to.equal("MAIN");
    await tabTo(/^Launch 1.vCPU/);
    await press("Enter");
    await page.getByLabel("Public SSH key").waitFor();
    expect(await page.evaluate("document.activeElement.tagName"), "after a change of page").to.equal("MAIN");
    await tabTo(/^$/);
    await press("ArrowRight");
    expect(await page.getByRole("radio", { name: "debian-13" }).isChecked()).to.equal(true);
    await press("Tab");
    await page.keyboard.insertText(SSH_KEY);
    await tabTo(/^Get the address/);
    await press("Enter");
    await page.getByText("Reserving your server").waitFor();
    expect(pool.leases.size).to.equal(1);
  });

  it("puts the focus on the first field that is wrong, and names what is wrong to readers of the screen", async () => {
    const { api, open } = rig();
    const { page } = await open();
    await page.goto(`${api.url}/launch/2`);
    await page.getByLabel("Hours to prepay").fill("0");
    await page.getByRole("button", { name: "Get the address to pay to" }).click();
    const field = page.getByRole("textbox", { name: "Public SSH key" });
    await page.getByText(/Paste a public SSH key/).waitFor();
    expect(await page.evaluate("document.activeElement.id")).to.equal(await field.getAttribute("id"));
    expect(await field.getAttribute("aria-invalid")).to.equal("true");
    const described = (await field.getAttribute("aria-describedby"))?.split(" ") ?? [];
    expect(await page.locator(`[id="${described.at(-1)}"]`).textContent()).to.match(/Paste a public SSH key/);
  });

  it("announces payments to readers of the screen", async () => {
    const { open, pool } = rig();
    const watched = await open();
    const leaseId = await launch(rig(), watched, "2");
    pool.open(leaseId);
    const payment = pool.pay(leaseId, 7_680n);
    const live = watched.page.locator("[aria-live=polite]").filter({ hasText: "Payment of 7 680 sats" });
    await live.waitFor({ state: "attached" });
    pool.update(leaseId, payment, { status: "confirming", confirmations: 1 });
    await live.filter({ hasText: "1 of 3 confirmed" }).waitFor({ state: "attached" });
  });

  it("keeps the chosen theme, from the first paint on", async () => {
    const { api, open } = rig();
    const { page } = await open({ dark: true });
    await page.goto(api.url);
    const paper = () => page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
    const dark = await paper();
    await page.getByRole("button", { name: "Theme: as the system" }).click();
    const light = await paper();
    expect(light).not.to.equal(dark);
    await page.goto(`${api.url}/about`, { waitUntil: "commit" });
    await page.waitForFunction("document.documentElement.dataset.theme === 'light'");
    await page.getByRole("button", { name: "Theme: light" }).click();
    expect(await paper()).to.equal(dark);
  });
});
