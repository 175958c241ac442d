// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { buildSite } from "../../../offchain/web/buildSite.ts";
import { findChromium, openChromium, openPage, type PageOptions, type WatchedPage } from "./chromium.ts";
import { type FakeApi, serveFakeApi } from "./fakeApi.ts";
import { createFakePool, type FakePool } from "./fakePool.ts";

/** The built site before a fake pool, and a browser. */
export interface Rig {
  readonly pool: FakePool;
  readonly api: FakeApi;
  /** A fresh browser profile. */
  open(options?: PageOptions): Promise<WatchedPage>;
  /** The newest lease that the pool was handed. */
  newest(): string;
}

export const SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@home";

/** Builds the site and opens a browser once for a `describe`, and gives each test a pool of its own. */
export function useRig(): () => Rig {
  let site = "";
  let browser: Browser | undefined;
  let rig: Rig | undefined;
  let pages: WatchedPage[] = [];
  before(async function () {
    this.timeout(120_000);
    const chromium = findChromium();
    if (chromium === undefined) {
      process.stdout.write("    (skipped: there is no chromium on the PATH; on Debian: apt-get install chromium)\n");
      this.skip();
    }
    site = await mkdtemp(join(tmpdir(), "xov-site-"));
    await buildSite(site);
    browser = await openChromium(chromium);
  });
  beforeEach(async () => {
    const pool = await createFakePool();
    const api = await serveFakeApi(pool, site);
    rig = {
      pool,
      api,
      async open(options) {
        if (browser === undefined) throw new Error("the browser is not open");
        const opened = await openPage(browser, options);
        pages.push(opened);
        return opened;
      },
      newest: () => [...pool.leases.keys()].at(-1) ?? "",
    };
  });
  afterEach(async () => {
    for (const { context } of pages) await context.close();
    pages = [];
    await rig?.api.close();
  });
  after(async () => {
    await browser?.close();
    if (site !== "") await rm(site, { recursive: true, force: true });
  });
  return () => {
    if (rig === undefined) throw new Error("the rig is not set up");
    return rig;
  };
}

/** Launches an offer for so many hours and waits for the lease's page. @returns the lease's id */
export async function launch(rig: Rig, { page }: WatchedPage, order: string, hours = 24): Promise<string> {
  await page.goto(`${rig.api.url}/launch/${order}`);
  await page.getByLabel("Public SSH key").fill(SSH_KEY);
  await page.getByLabel("Hours to prepay").fill(`${hours}`);
  await page.getByRole("button", { name: "Get the address to pay to" }).click();
  await page.getByText("Reserving your server").waitFor();
  return rig.newest();
}

/** Takes a launched lease on to a running server. */
export async function run(rig: Rig, watched: WatchedPage, leaseId: string, sats: bigint): Promise<void> {
  const { pool } = rig;
  pool.open(leaseId);
  pool.credit(leaseId, pool.pay(leaseId, sats));
  await pool.start(leaseId);
  await watched.page.getByText("ssh debian@203.0.113.57").waitFor();
}

/** What a page complained about, but for answers that a test had the pool refuse. */
export function realComplaints({ complaints }: WatchedPage): string[] {
  return complaints.filter((text) => !text.startsWith("Failed to load resource"));
}
