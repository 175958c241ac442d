// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loadSite } from "../../../offchain/pool/site.ts";
import { pgliteDatabase } from "../indexer/support/databases.ts";
import { startPool, type TestPool } from "./support/pool.ts";

const SCRIPT = `console.log(${JSON.stringify("x".repeat(5_000))});`;

describe("the site", function () {
  this.timeout(60_000);
  let folder: string;
  let pool: TestPool;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "xov-site-"));
    await mkdir(join(folder, "assets"));
    await writeFile(join(folder, "index.html"), "<!doctype html><title>pool</title>");
    await writeFile(join(folder, "assets", "index-abc123.js"), SCRIPT);
    await writeFile(join(folder, "favicon.svg"), "<svg/>");
    pool = await startPool({ db: (await pgliteDatabase()).db, site: await loadSite(folder) });
  });
  after(async () => {
    await pool.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const get = (path: string, init?: RequestInit) => fetch(`${pool.url}${path}`, init);

  it("is one page for every path of its own, which is asked for anew each time", async () => {
    for (const path of ["/", "/offers", "/lease/0x12", "/index.html"]) {
      const response = await get(path);
      expect(await response.text(), path).to.match(/<title>pool/);
      expect(response.headers.get("content-type")).to.equal("text/html; charset=utf-8");
      expect(response.headers.get("cache-control")).to.equal("no-cache");
    }
  });

  it("allows nothing but its own files, in any reply", async () => {
    const policy = (await get("/")).headers.get("content-security-policy") ?? "";
    expect(policy).to.include("default-src 'none'").and.include("script-src 'self'");
    expect(policy).to.include("frame-ancestors 'none'").and.include("connect-src 'self'");
    expect(policy).not.to.match(/unsafe|https?:|\*/);
    for (const path of ["/", "/assets/index-abc123.js", "/favicon.svg", "/api/nothing", "/missing.js", "/health"]) {
      const { headers } = await get(path);
      expect(headers.get("content-security-policy"), path).to.include("default-src 'none'");
      expect(headers.get("x-content-type-options"), path).to.equal("nosniff");
      expect(headers.get("referrer-policy"), path).to.equal("no-referrer");
      expect(headers.get("x-powered-by"), path).to.equal(null);
    }
  });

  it("lets hashed files be kept for ever, compressed as the browser likes", async () => {
    for (const encoding of ["br", "gzip", "identity"]) {
      const response = await get("/assets/index-abc123.js", { headers: { "accept-encoding": encoding } });
      expect(response.headers.get("cache-control")).to.equal("public, max-age=31536000, immutable");
      expect(response.headers.get("content-encoding")).to.equal(encoding === "identity" ? null : encoding);
      expect(response.headers.get("vary")).to.equal("Accept-Encoding");
      expect(await response.text()).to.equal(SCRIPT);
    }
  });

  it("does not send again what the browser has", async () => {
    const etag = (await get("/")).headers.get("etag") ?? "";
    const again = await get("/", { headers: { "if-none-match": etag, "cache-control": "max-age=0" } });
    expect(again.status).to.equal(304);
    expect((await get("/", { method: "HEAD" })).status).to.equal(200);
  });

  it("has no page in place of a missing file, and none outside of its folder", async () => {
    for (const path of ["/assets/index-old.js", "/../package.json", "/%2e%2e%2fpackage.json", "/assets/%00.js"]) {
      expect(await statusOf(path), path).to.equal(404);
    }
    expect((await get("/", { method: "POST" })).status).to.equal(404);
  });

  it("asks browsers that came by HTTPS to stay with it", async () => {
    const secure = await get("/", { headers: { "x-forwarded-proto": "https" } });
    expect(secure.headers.get("strict-transport-security")).to.match(/^max-age=/);
    expect((await get("/")).headers.get("strict-transport-security")).to.equal(null);
  });

  it("is not there before it is built", async () => {
    const error: unknown = await loadSite(join(folder, "assets")).catch((caught: unknown) => caught);
    expect(error).to.be.an("error").with.property("message").that.includes("no built site");
  });

  /** Sends the path as it is: fetch would put it right. */
  function statusOf(path: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request(new URL(pool.url), { path }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
  }
});
