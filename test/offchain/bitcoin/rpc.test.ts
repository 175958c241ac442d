// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { BitcoinNodeError } from "../../../offchain/bitcoin/errors.ts";
import { createBitcoinNode } from "../../../offchain/bitcoin/node.ts";
import { createRpc, type RpcAuth } from "../../../offchain/bitcoin/rpc.ts";
import type { Clock } from "../../../offchain/core/clock.ts";
import { systemClock } from "../../../offchain/core/clock.ts";

type Answer = (body: unknown, response: ServerResponse, request: IncomingMessage) => void;

/** A node that answers each request as the next entry says; the last entry answers all further ones. */
async function startFake(...answers: readonly Answer[]): Promise<{ url: string; requests: unknown[]; server: Server }> {
  const requests: unknown[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const body: unknown = JSON.parse(text);
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(body);
    answer?.(body, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, requests, server };
}

const json =
  (value: unknown, status = 200): Answer =>
  (_body, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  };
const result = (value: unknown) => json({ jsonrpc: "2.0", id: 0, result: value });
const failure = (code: number) => json({ jsonrpc: "2.0", id: 0, error: { code, message: "as the test wants" } });
const dropped: Answer = (_body, response) => response.destroy();
const silent: Answer = () => undefined;

describe("createRpc", () => {
  const auth: RpcAuth = { user: "user", password: "pass" };
  const servers: Server[] = [];
  /** The waits between tries, which do not happen. */
  const slept: number[] = [];
  const impatient: Clock = {
    now: () => 0,
    sleep: async (ms, signal) => {
      if (ms >= 10_000) return await systemClock.sleep(ms, signal); // a deadline
      slept.push(ms);
    },
  };

  async function fake(...answers: readonly Answer[]) {
    const started = await startFake(...answers);
    servers.push(started.server);
    return { ...started, rpc: createRpc({ url: started.url, auth, clock: impatient }) };
  }

  const ping = { method: "ping", schema: z.number() };
  const errorOf = async (promise: Promise<unknown>): Promise<BitcoinNodeError> => {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof BitcoinNodeError)) throw new Error(`not a BitcoinNodeError: ${error}`);
    return error;
  };

  afterEach(() => {
    slept.length = 0;
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it("tries again, ever later, while the node is away, starting or busy", async () => {
    const busy: Answer = (_body, response) => response.writeHead(503).end("Work queue depth exceeded");
    const { rpc, requests } = await fake(dropped, failure(-28), busy, result(7));
    expect(await rpc.call(ping)).to.equal(7);
    expect(slept).to.have.length(3);
    expect(slept).to.deep.equal(slept.toSorted((a, b) => a - b));
    expect(requests).to.have.length(4);
  });

  it("gives up after four tries, and says why", async () => {
    const { rpc, requests } = await fake(failure(-28));
    expect(await errorOf(rpc.call(ping))).to.include({ code: "STARTING", retryable: true, method: "ping" });
    expect(requests).to.have.length(4);
  });

  it("does not repeat what the node refused", async () => {
    const { rpc, requests } = await fake(failure(-8));
    expect(await errorOf(rpc.call(ping))).to.include({ code: "REFUSED", rpcCode: -8, retryable: false });
    expect(requests).to.have.length(1);
  });

  it("refuses replies that are not what the call should give", async () => {
    const html: Answer = (_body, response) => response.writeHead(404).end("<html>");
    for (const wrong of [result("seven"), json([]), html]) {
      const { rpc, requests } = await fake(wrong);
      expect(await errorOf(rpc.call(ping))).to.include({ code: "BAD_REPLY" });
      expect(requests).to.have.length(1);
    }
  });

  it("gives each call of a batch its own answer, in the order of the calls", async () => {
    const { rpc } = await fake(
      json([
        { jsonrpc: "2.0", id: 1, error: { code: -8, message: "no" } },
        { jsonrpc: "2.0", id: 2, result: 12 },
        { jsonrpc: "2.0", id: 0, result: 10 },
      ]),
    );
    const [first, second, third] = await rpc.batch([ping, ping, ping]);
    expect(first).to.deep.equal({ ok: true, value: 10 });
    expect(second).to.have.nested.property("error.rpcCode", -8);
    expect(third).to.deep.equal({ ok: true, value: 12 });
    expect(await rpc.batch([])).to.deep.equal([]);
    expect(await errorOf(rpc.batch([ping, ping, ping, ping]))).to.include({ code: "BAD_REPLY" });
  });

  it("repeats a whole batch when the node is starting", async () => {
    const starting = json([{ jsonrpc: "2.0", id: 0, error: { code: -28, message: "Loading block index…" } }]);
    const { rpc } = await fake(starting, json([{ jsonrpc: "2.0", id: 0, result: 1 }]));
    expect(await rpc.batch([ping])).to.deep.equal([{ ok: true, value: 1 }]);
  });

  it("gives up on a node that does not answer in time", async () => {
    const { url } = await fake(silent);
    const rpc = createRpc({ url, auth, clock: systemClock, timeoutMs: 30, retries: 0 });
    expect(await errorOf(rpc.call(ping))).to.include({ code: "TIMED_OUT", retryable: true });
  });

  it("stops at once, with the reason it was given", async () => {
    const { rpc } = await fake(silent);
    const stop = new AbortController();
    const call = rpc.call(ping, stop.signal).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const reason = new Error("enough");
    stop.abort(reason);
    expect(await call).to.equal(reason);
  });

  it("reads the cookie file anew for each try, as a restarted node has a new one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "xov-cookie-"));
    const cookieFile = join(folder, ".cookie");
    const authorizations: (string | undefined)[] = [];
    const checking: Answer = (body, response, request) => {
      authorizations.push(request.headers.authorization);
      if (authorizations.length > 1) return result(1)(body, response, request);
      void writeFile(cookieFile, "__cookie__:new").then(() => response.writeHead(401).end());
    };
    const { url } = await fake(checking);
    await writeFile(cookieFile, "__cookie__:old\n");
    const rpc = createRpc({ url, auth: { cookieFile }, clock: impatient });
    expect(await rpc.call(ping)).to.equal(1);
    const decoded = authorizations.map((each) => Buffer.from(each?.slice(6) ?? "", "base64").toString());
    expect(decoded).to.deep.equal(["__cookie__:old", "__cookie__:new"]);
    await rm(folder, { recursive: true });
    expect(await errorOf(rpc.call(ping))).to.include({ code: "UNAUTHORIZED" });
  });

  it("never writes credentials into an error", async () => {
    const { rpc } = await fake((_body, response) => response.writeHead(401).end());
    const error = await errorOf(rpc.call(ping));
    expect(JSON.stringify([error.message, error.stack, error])).not.to.contain("pass");
  });
});

describe("createBitcoinNode", () => {
  it("refuses a block that is no block", async () => {
    const { url, server } = await startFake(result("00ff"), result("zz"));
    const node = createBitcoinNode({ url, auth: { user: "", password: "" }, clock: systemClock });
    const errors = [];
    for (let i = 0; i < 2; i++) errors.push(await node.block("00".repeat(32)).then(() => "", String));
    expect(errors[0]).to.match(/^BitcoinParseError/);
    expect(errors[1]).to.match(/^BitcoinNodeError: .*not hexadecimal/);
    server.closeAllConnections();
    server.close();
  });
});
