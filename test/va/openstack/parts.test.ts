// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { z } from "zod";
import { systemClock } from "../../../offchain/core/clock.ts";
import { ComputeError } from "../../../va/openstack/compute.ts";
import { parseCredential } from "../../../va/openstack/credential.ts";
import { failure } from "../../../va/openstack/failure.ts";
import { listServers } from "../../../va/openstack/listServers.ts";
import { chooseMicroversion } from "../../../va/openstack/microversion.ts";
import { readPages } from "../../../va/openstack/pages.ts";
import type { Session } from "../../../va/openstack/session.ts";

const recordingSchema = z.array(
  z.object({ name: z.string(), reply: z.object({ status: z.number(), body: z.unknown() }) }),
);

/** A session that answers each call with the next of these, an error by throwing it. */
function scripted(answers: unknown[]): Session & { queries: Readonly<Record<string, string>>[] } {
  const queries: Readonly<Record<string, string>>[] = [];
  return {
    queries,
    clock: systemClock,
    deadlineMs: 1000,
    projectId: async () => "p",
    offers: async () => true,
    newestCompute: async () => "2.90",
    async call(call) {
      queries.push(call.query ?? {});
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return call.schema.parse(answer);
    },
  };
}

const { signal } = new AbortController();

describe("failure", () => {
  const recorded = recordingSchema.parse(
    JSON.parse(readFileSync(new URL("../../vectors/openstack/refusals.json", import.meta.url), "utf8")),
  );
  const fail = (status: number, text: string, retryAfter: string | null = null, write = true) =>
    failure({ status, text, retryAfter, write, what: "POST x", requestId: "req-1", now: 1_000_000 });

  it("names what a real cloud refused, and repeats no value of ours", () => {
    for (const { name, reply } of recorded.filter((pair) => pair.reply.status >= 400)) {
      const error = fail(reply.status, JSON.stringify(reply.body));
      expect(error.message, name).to.not.match(/Value:|tttttt|vvvvvv|nnnnnn|not base64!/);
      expect(error.message.length, name).to.be.lessThan(400);
      expect(error.uncertain, name).to.equal(false);
    }
  });

  it("tells a quota from a policy", () => {
    const codes = new Map(
      recorded
        .filter((pair) => pair.reply.status === 403)
        .map(({ name, reply }) => [name, fail(reply.status, JSON.stringify(reply.body)).code]),
    );
    expect([...codes]).to.deep.equal([
      ["over-quota", "QUOTA_EXCEEDED"],
      ["over-quota-ports", "QUOTA_EXCEEDED"],
    ]);
    const policy = { forbidden: { code: 403, message: "Policy doesn't allow x to be performed." } };
    expect(fail(403, JSON.stringify(policy)).code).to.equal("FORBIDDEN");
    expect(fail(403, "<html>").code).to.equal("FORBIDDEN");
  });

  it("leaves long runs of base64 out", () => {
    const message = `Invalid user_data '${"QUJD".repeat(40)}' given`;
    const error = fail(400, JSON.stringify({ badRequest: { code: 400, message } }));
    expect(error.message).to.equal("POST x: HTTP 400 Invalid user_data '…' given");
  });

  it("reads Retry-After in seconds and as a date", () => {
    expect(fail(429, "", "2.5").retryAfterMs).to.equal(2500);
    expect(fail(503, "", "Thu, 01 Jan 1970 00:17:00 GMT").retryAfterMs).to.equal(20_000);
    expect(fail(503, "", "Thu, 01 Jan 1970 00:00:00 GMT").retryAfterMs).to.equal(0);
    expect(fail(429, "", "soon").retryAfterMs).to.equal(undefined);
    expect(fail(413, "", null).code).to.equal("TOO_LARGE");
    expect(fail(413, "", "1").code).to.equal("RATE_LIMITED");
  });

  it("believes a 404 only from the API itself", () => {
    expect(fail(404, '{"itemNotFound": {"code": 404, "message": "Instance 1 could not be found."}}').code).to.equal(
      "NOT_FOUND",
    );
    expect(fail(404, "default backend - 404")).to.include({ code: "UNAVAILABLE", retryable: true });
  });

  it("is uncertain only about writes", () => {
    expect(fail(502, "").uncertain).to.equal(true);
    expect(fail(502, "", null, false).uncertain).to.equal(false);
    expect(fail(302, "")).to.include({ code: "BAD_REPLY", uncertain: true });
  });
});

describe("parseCredential", () => {
  const good = {
    auth_url: "https://cloud.example/identity/v3",
    region_name: "R",
    application_credential_id: "i",
    application_credential_secret: "s3cret",
  };

  it("reads a credential file", () => {
    expect(parseCredential(JSON.stringify(good))).to.deep.equal(good);
  });

  it("names what is wrong without its value", () => {
    expect(() => parseCredential("{")).to.throw(/not JSON/);
    const wrong = JSON.stringify({ ...good, auth_url: "ftp://s3cret", region_name: undefined });
    expect(() => parseCredential(wrong)).to.throw(/wrong in: auth_url, region_name$/);
    expect(() => parseCredential("7")).to.throw(/the whole/);
  });
});

describe("chooseMicroversion", () => {
  it("takes the newest that both know", () => {
    expect(chooseMicroversion("2.1", "2.93")).to.equal("2.90");
    expect(chooseMicroversion("2.1", "2.90")).to.equal("2.90");
    expect(chooseMicroversion("2.1", "2.60")).to.equal("2.60");
    expect(chooseMicroversion("2.1", "2.52")).to.equal("2.52");
  });

  it("refuses a range without one", () => {
    for (const [oldest, newest] of [
      ["2.1", "2.51"],
      ["2.91", "2.99"],
      ["", ""],
      ["2.1", "banana"],
    ] as const) {
      expect(() => chooseMicroversion(oldest, newest)).to.throw(ComputeError);
    }
    expect(chooseMicroversion("2.1", "3.4")).to.equal("2.90");
  });
});

describe("readPages", () => {
  const list = {
    service: "compute",
    path: "/servers",
    query: {},
    name: "servers",
    schema: z.object({ id: z.string() }),
  } as const;
  const page = (ids: string[], more: boolean) => ({
    servers: ids.map((id) => ({ id })),
    ...(more ? { servers_links: [{ rel: "next", href: "http://unreachable.invalid/" }] } : {}),
  });
  const lost = new ComputeError("BAD_REQUEST", "marker [b] not found");

  it("goes on from the last item", async () => {
    const session = scripted([page(["a", "b"], true), page(["c"], true), page([], false)]);
    expect(await readPages(session, list, signal)).to.deep.equal([{ id: "a" }, { id: "b" }, { id: "c" }]);
    expect(session.queries.map((query) => query.marker)).to.deep.equal([undefined, "b", "c"]);
  });

  it("begins again when its marker is gone", async () => {
    const session = scripted([page(["a", "b"], true), lost, page(["a"], true), page(["c"], false)]);
    expect(await readPages(session, list, signal)).to.deep.equal([{ id: "a" }, { id: "c" }]);
    expect(session.queries.map((query) => query.marker)).to.deep.equal([undefined, "b", undefined, "a"]);
  });

  it("begins again when Neutron does not find its marker any more", async () => {
    const gone = new ComputeError("NOT_FOUND", "Port b could not be found.");
    const session = scripted([page(["a", "b"], true), gone, page(["a"], false)]);
    expect(await readPages(session, list, signal)).to.deep.equal([{ id: "a" }]);
  });

  it("gives up when that never ends, and at once when there was no marker", async () => {
    const pages = Array.from({ length: 4 }, () => [page(["a"], true), lost]).flat();
    expect(await readPages(scripted(pages), list, signal).catch((error) => error)).to.equal(lost);
    expect(await readPages(scripted([lost, page([], false)]), list, signal).catch((error) => error)).to.equal(lost);
  });
});

describe("listServers", () => {
  it("fails when a part of the cloud does not answer, rather than leave its servers out", async () => {
    const session = scripted([{ servers: [{ id: "a", status: "UNKNOWN", created: "", links: [] }] }]);
    const error = await listServers(session, "t", signal).catch((each) => each);
    expect(error).to.include({ code: "UNAVAILABLE", retryable: true });
  });

  it("drops what a cloud that does not know the filter sends as well", async () => {
    const server = (id: string, tags: string[], status = "ACTIVE") => ({
      id,
      name: id,
      status,
      created: "2026-01-01T00:00:00Z",
      tags,
      metadata: {},
      addresses: {},
      "OS-EXT-STS:task_state": null,
    });
    const servers = [
      server("a", ["t"]),
      server("b", []),
      server("c", ["t"], "SOFT_DELETED"),
      server("d", ["t"], "ODD"),
    ];
    const listed = await listServers(scripted([{ servers }]), "t", signal);
    expect(listed.map(({ id, status }) => [id, status])).to.deep.equal([
      ["a", "ACTIVE"],
      ["d", "UNKNOWN"],
    ]);
    expect(listed[0]?.createdAt).to.equal(Date.UTC(2026, 0, 1) / 1000);
  });
});
