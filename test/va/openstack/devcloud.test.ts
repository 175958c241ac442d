// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { z } from "zod";
import { parseCredential } from "../../../va/openstack/credential.ts";
import { failure, openRig, type Rig } from "./rig.ts";
import { connect } from "./targets.ts";

const main = fileURLToPath(new URL("../../../scripts/devcloud/main.ts", import.meta.url));
const readySchema = z.object({ ready: z.literal(true), url: z.string(), credentialFile: z.string() });
const { signal } = new AbortController();

describe("the development cloud", () => {
  describe("its control over HTTP", () => {
    let rig: Rig;
    beforeEach(async () => {
      rig = await openRig();
    });
    afterEach(() => rig.cloud.close());
    const control = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${rig.cloud.url}/_control${path}`, {
        method,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    };

    it("arms faults, counts calls and forgets them", async () => {
      const fault = { path: "/servers/detail$", effect: { kind: "status", status: 403 } };
      expect((await control("POST", "/faults", fault)).status).to.equal(204);
      expect((await failure(rig.compute.listServers("x", signal))).code).to.equal("FORBIDDEN");
      expect((await control("GET", "/calls?method=GET&path=detail")).body).to.have.length(1);
      expect((await control("DELETE", "/faults")).status).to.equal(204);
      expect((await control("GET", "/calls")).body).to.deep.equal([]);
    });

    it("shows servers with their user data, removes and breaks them", async () => {
      const request = await rig.request("a", { userData: new TextEncoder().encode("hello") });
      const made = await rig.compute.createServer(request, signal);
      const shown = (await control("GET", "/servers")).body;
      expect(shown).to.have.length(1);
      expect(shown[0]).to.include({ id: made.id, userData: "aGVsbG8=" });
      expect((await control("PUT", `/servers/${made.id}/state`, { state: "stopped" })).status).to.equal(204);
      expect((await rig.compute.listServers("xov-test", signal))[0]?.status).to.equal("SHUTOFF");
      expect((await control("DELETE", `/servers/${made.id}`)).status).to.equal(204);
      expect((await control("DELETE", `/servers/${made.id}`)).status).to.equal(404);
      expect((await control("GET", "/ports")).body).to.have.length(1);
    });

    it("changes quotas and hosts, revokes tokens", async () => {
      const tiny = await rig.compute.resolveFlavor("m1.tiny", signal);
      expect((await control("PUT", "/quotas", { instances: 3 })).status).to.equal(204);
      expect(await rig.compute.capacity(tiny, signal)).to.equal(3);
      expect((await control("PUT", "/hosts", [])).status).to.equal(204);
      const made = await rig.compute.createServer(await rig.request("a"), signal);
      expect((await rig.compute.listServers("xov-test", signal))[0]).to.include({ id: made.id, status: "ERROR" });
      expect((await control("POST", "/revoke")).status).to.equal(204);
      expect(await rig.compute.capacity(tiny, signal)).to.equal(2);
    });

    it("says what is wrong with a request, and changes nothing", async () => {
      const wrong = await control("POST", "/faults", { path: "x", effect: { kind: "explode" } });
      expect(wrong.status).to.equal(400);
      expect(wrong.body.error).to.include("effect");
      expect((await control("PUT", "/quotas", { instances: "many" })).status).to.equal(400);
    });
  });

  describe("its state file", () => {
    it("keeps servers and the credential over a restart", async () => {
      const directory = mkdtempSync(join(tmpdir(), "devcloud-"));
      const stateFile = join(directory, "state.json");
      try {
        const first = await openRig({ stateFile, latency: { build: 40 } });
        const made = await first.compute.createServer(await first.request("a"), signal);
        await first.cloud.close();
        const second = await openRig({ stateFile });
        expect(second.cloud.credential).to.deep.equal({
          ...first.cloud.credential,
          auth_url: second.cloud.credential.auth_url,
        });
        expect((await second.compute.createServer(await second.request("a"), signal)).id).to.equal(made.id);
        await second.cloud.close();
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  });

  describe("as a process", function () {
    this.timeout(20_000);
    const run = (environment: Record<string, string>) =>
      spawn(process.execPath, ["--import", "tsx", main], {
        env: { PATH: process.env.PATH ?? "", ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      });

    it("says when it is ready and ends with the signal", async () => {
      const directory = mkdtempSync(join(tmpdir(), "devcloud-"));
      const file = join(directory, "credential.json");
      const child = run({ DEVCLOUD_CREDENTIAL_FILE: file, DEVCLOUD_OPTIONS: '{"quotas":{"instances":7}}' });
      const exited = once(child, "exit");
      try {
        const [line] = await once(createInterface(child.stdout), "line");
        const ready = readySchema.parse(JSON.parse(String(line)));
        expect(ready.credentialFile).to.equal(file);
        const compute = connect(parseCredential(readFileSync(file, "utf8")));
        expect(await compute.capacity(await compute.resolveFlavor("m1.tiny", signal), signal)).to.equal(7);
        child.kill("SIGTERM");
        expect(await exited).to.deep.equal([0, null]);
      } finally {
        child.kill("SIGKILL");
        await exited;
        rmSync(directory, { recursive: true });
      }
    });

    it("exits with 78 and names what is wrong in its environment", async () => {
      const child = run({ DEVCLOUD_PORT: "http", DEVCLOUD_OPTIONS: '{"quota":{}}' });
      let text = "";
      child.stderr.on("data", (chunk) => {
        text += String(chunk);
      });
      expect(await once(child, "close")).to.deep.equal([78, null]);
      expect(text).to.include("DEVCLOUD_PORT").and.include("DEVCLOUD_OPTIONS").and.include("DEVCLOUD_CREDENTIAL_FILE");
    });
  });
});
