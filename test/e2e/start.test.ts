// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { z } from "zod";
import { openAccessDetails } from "../../offchain/lease/accessDetails.ts";
import { type HolderKeys, holderKeys, newHolderSecret } from "../../offchain/lease/holderKeys.ts";
import { type Lease, leaseAnswerSchema, networkSchema, offersSchema } from "../../offchain/pool/api.ts";
import { signTake } from "../../offchain/web/launch/signTake.ts";

const SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@home";
const READY_MS = 120_000;

/** `npm start`, as somebody at a terminal has it. */
interface Started {
  readonly site: string;
  /** A call of the bitcoind that it says how to use. */
  bitcoin(method: string, params: readonly unknown[]): Promise<unknown>;
  /** Ctrl-C: to all of the terminal's process group. Resolves when nobody writes to the terminal any more. */
  interrupt(): Promise<void>;
}

describe("npm start", function () {
  this.timeout(300_000);
  const mark = `start-test-${process.pid}`;
  let state: string;
  let running: Started | undefined;
  let bystander: ChildProcess;
  let keys: HolderKeys;
  let leaseId: string;

  before(async () => {
    state = await mkdtemp(join(tmpdir(), "xov-start-test-"));
    keys = await holderKeys(newHolderSecret());
    bystander = spawn("sleep", ["600"], { stdio: "ignore" });
    running = await start();
  });

  after(async () => {
    await running?.interrupt();
    bystander.kill();
    await rm(state, { recursive: true, force: true });
  });

  it("brings up offers of several sizes in three regions, and the site", async () => {
    const { offers, choices } = await get("/api/offers", offersSchema);
    expect(choices.regions).to.have.length(3);
    expect(new Set(offers.map(({ class: { vcpus } }) => vcpus)).size).to.be.greaterThan(1);
    const page = await fetch(site());
    expect(page.status).to.equal(200);
    expect(await page.text()).to.contain("<script");
  });

  it("sells a server to whoever pays as it says", async () => {
    const { offers, block } = await get("/api/offers", offersSchema);
    const network = await get("/api/network", networkSchema);
    const [offer] = offers;
    const image = offer?.images[0];
    if (offer === undefined || image === undefined) throw new Error("no offer");
    const launch = { image, sshKeys: [SSH_KEY], userData: "", hours: 24, refundScript: "0x" } as const;
    const take = await signTake({ launch, offer, network, keys, now: block.time });
    leaseId = take.leaseId;
    const answer = await fetch(`${site()}/api/takes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(take.body),
    });
    expect(answer.status, await answer.text()).to.equal(202);
    const { payTo } = await leaseThat(({ phase }) => phase === "payment");
    await running?.bitcoin("sendtoaddress", [payTo.address, Number(payTo.sats) / 1e8]);
    await running?.bitcoin("generatetoaddress", [6, payTo.address]);
    expect(await sshOf(await leaseThat(({ access }) => access !== null))).to.match(/^10\./);
  });

  it("ends everything that it started, and nothing else, on Ctrl-C", async function () {
    await running?.interrupt();
    running = undefined;
    expect(bystander.exitCode).to.equal(null);
    if (process.platform !== "linux") this.skip();
    expect(await processesLeft()).to.deep.equal([]);
  });

  it("goes on with the same lease when it is started again", async () => {
    running = await start();
    const lease = await leaseThat(({ phase }) => phase === "running");
    expect(await sshOf(lease)).to.match(/^10\./);
    const before = Number(lease.depositMsat);
    await running.bitcoin("sendtoaddress", [lease.payTo.address, Number(lease.payTo.minimumSats) / 1e8]);
    await running.bitcoin("generatetoaddress", [6, lease.payTo.address]);
    await leaseThat(({ depositMsat }) => Number(depositMsat) > before);
  });

  async function start(): Promise<Started> {
    const child = spawn("npm", ["start", "--", "--state", state, "--port", "0", "--block", "0"], {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, XOV_START_MARK: mark },
    });
    const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
    let shown = "";
    child.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
    });
    const found = async (pattern: RegExp) => {
      const until = Date.now() + READY_MS;
      for (;;) {
        const [, first, second] = pattern.exec(shown) ?? [];
        if (first !== undefined) return [first, second ?? ""] as const;
        if (child.exitCode !== null || Date.now() > until) throw new Error(`npm start says no ${pattern}:\n${shown}`);
        await pause();
      }
    };
    const [url] = await found(/Site +(http\S+)/);
    const [auth, wallet] = await found(/curl -s -u (\S+) (http\S+)/);
    return {
      site: url.replace(/\/$/, ""),
      async bitcoin(method, params) {
        const answer = await fetch(wallet, {
          method: "POST",
          headers: { authorization: `Basic ${Buffer.from(auth).toString("base64")}` },
          body: JSON.stringify({ method, params }),
        });
        const { result, error } = (await answer.json()) as { result: unknown; error: unknown };
        expect(error, method).to.equal(null);
        return result;
      },
      interrupt() {
        if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGINT");
        return ended;
      },
    };
  }

  function site(): string {
    return running?.site ?? "";
  }

  async function get<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S>> {
    const answer = await fetch(`${site()}${path}`);
    expect(answer.status, path).to.equal(200);
    return schema.parse(await answer.json());
  }

  async function leaseThat(is: (lease: Lease) => boolean): Promise<Lease> {
    for (let tries = 0; ; tries++) {
      const answer = await get(`/api/leases/${leaseId}`, leaseAnswerSchema);
      if ("payTo" in answer && is(answer)) return answer;
      if (tries === 400) expect.fail(`the lease is still ${JSON.stringify(answer)}`);
      await pause();
    }
  }

  async function sshOf({ access }: Lease): Promise<string> {
    const details = await openAccessDetails(Buffer.from(access?.sealed.slice(2) ?? "", "hex"), keys.ageIdentity);
    return details.addresses[0]?.address ?? "";
  }

  async function processesLeft(): Promise<string[]> {
    const left: string[] = [];
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      // ended meanwhile, or somebody else's
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (environment.includes(mark)) left.push(pid);
    }
    return left;
  }
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 150));
}
