// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import express, { type Express, type Response } from "express";
import {
  actionBodySchema,
  type Offer,
  offersQuerySchema,
  offersSchema,
  takeBodySchema,
} from "../../../offchain/pool/api.ts";
import { type Problem, problemSchema } from "../../../offchain/pool/problemSchema.ts";
import { accountTrustQuerySchema, accountTrustSchema } from "../../../offchain/pool/trustApi.ts";
import { cacheControlOf, SITE_HEADERS } from "../../../offchain/web/headers.ts";
import { createFakeEvents } from "./fakeEvents.ts";
import { summaryOf } from "./fakeLease.ts";
import type { FakePool } from "./fakePool.ts";

/** The pool's API and the built site on loopback. */
export interface FakeApi {
  readonly url: string;
  /** Every path that was asked for, with its query. */
  readonly requests: string[];
  /** While true, the API answers nothing and its streams break. */
  setDown(down: boolean): void;
  /** Cuts all event streams. */
  breakStreams(): void;
  /** Ids of events that streams were resumed from. */
  readonly resumedFrom: readonly string[];
  close(): Promise<void>;
}

/** @param site the folder of the built site */
export async function serveFakeApi(pool: FakePool, site: string): Promise<FakeApi> {
  const app = express();
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const events = createFakeEvents(pool);
  let isDown = false;
  app.use((request, response, next) => {
    requests.push(request.originalUrl);
    if (isDown && request.path.startsWith("/api/")) {
      response.destroy();
      return;
    }
    next();
  });
  addRoutes(app, pool);
  app.get("/api/events", (request, response) => events.serve(request, response));
  app.use(
    express.static(site, {
      index: false,
      setHeaders: (response, path) => {
        response.set(SITE_HEADERS);
        response.set("Cache-Control", cacheControlOf(path.slice(site.length)));
      },
    }),
  );
  app.get("/{*page}", (_request, response) => {
    response.set(SITE_HEADERS).sendFile("index.html", { root: site });
  });
  const server: Server = await new Promise((resolve) => {
    const started = app.listen(0, "127.0.0.1", () => resolve(started));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    setDown(down) {
      isDown = down;
      if (down) events.breakAll();
    },
    breakStreams: () => events.breakAll(),
    resumedFrom: events.resumed,
    close() {
      events.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

function addRoutes(app: Express, pool: FakePool): void {
  app.get("/api/network", (_request, response) => {
    response.json({ ...pool.network, block: pool.block() });
  });
  app.get("/api/offers", (request, response) => {
    const query = offersQuerySchema.parse(request.query);
    const offers = pool.offers.filter((offer) => matches(offer, query));
    const price = ({ price: { msatPerHour } }: Offer) => Number(msatPerHour);
    offers.sort((a, b) => (query.sort === "-vcpus" ? b.class.vcpus - a.class.vcpus : price(a) - price(b)));
    const distinct = (values: readonly string[]) => [...new Set(values)].sort();
    response.json(
      offersSchema.parse({
        offers: offers.slice(0, query.limit),
        total: offers.length,
        nextCursor: null,
        choices: {
          regions: distinct(pool.offers.map(({ region }) => region)),
          images: distinct(pool.offers.flatMap(({ images }) => images)),
          gpuModels: distinct(pool.offers.flatMap(({ class: { gpuModel } }) => gpuModel ?? [])),
        },
        block: pool.block(),
      }),
    );
  });
  app.get("/api/offers/:order", (request, response) => {
    const offer = pool.offers.find(({ order }) => `${order}` === request.params.order);
    if (offer === undefined)
      refuse(response, { status: 404, code: "NOT_FOUND", title: "Not here", detail: "No such offer." });
    else response.json(offer);
  });
  app.get("/api/leases/:id", (request, response) => {
    const lease = pool.view(request.params.id);
    if (lease === undefined)
      refuse(response, { status: 404, code: "NOT_FOUND", title: "Not here", detail: "No such lease." });
    else response.json(lease);
  });
  app.get("/api/holders/:holder/leases", (request, response) => {
    const all = [...pool.leases.values()].filter(({ body, state }) => {
      return body.terms.holder === request.params.holder && state !== "queued" && state !== "refused";
    });
    const leases = all.reverse().map((lease) => summaryOf(lease, pool.block()));
    response.json({ leases, nextCursor: null, block: pool.block() });
  });
  app.get("/api/holders/:holder/nonce", (request, response) => {
    response.json({ nonce: `${pool.nonceOf(request.params.holder)}` });
  });
  app.get("/api/accounts/:account/trust", (request, response) => {
    const { limit } = pool;
    if (limit === undefined) {
      return refuse(response, { status: 503, code: "CHAIN_UNREACHABLE", title: "No answer", detail: "Later." });
    }
    const { units = "0" } = accountTrustQuerySchema.parse(request.query);
    const withinLimit = Number(units) <= limit.free;
    const start = { units: Number(units), count: 1, withinLimit, withinLimitCount: withinLimit ? 1 : 0 };
    response.json(
      accountTrustSchema.parse({
        account: request.params.account,
        ...{ deposit: "0", cooling: "0", frozen: "0", leavesAt: null, karma: 0, upheld: 0 },
        ...{ limit: limit.units, used: limit.units - limit.free, available: limit.free },
        start: { ...start, price: withinLimit ? "0" : "1000", exhausted: limit.exhausted ?? false },
        block: pool.block(),
      }),
    );
  });
  app.post("/api/actions", express.json(), async (request, response) => {
    const body = actionBodySchema.parse(request.body);
    if (pool.refuseActions !== undefined) return refuse(response, pool.refuseActions);
    await pool.act(body);
    response.status(202).json({ leaseId: body.leaseId });
  });
  app.post("/api/takes", express.json(), (request, response) => {
    const body = takeBodySchema.parse(request.body);
    if (pool.refuseTakes !== undefined) refuse(response, pool.refuseTakes);
    else response.status(202).json({ leaseId: pool.take(body) });
  });
}

function refuse(response: Response, problem: Omit<Problem, "type">): void {
  const body = problemSchema.parse({ type: `urn:xov:error:${problem.code}`, ...problem });
  response.status(problem.status).type("application/problem+json").json(body);
}

function matches(offer: Offer, query: ReturnType<typeof offersQuerySchema.parse>): boolean {
  const { image, region, minVcpus = 0, minMemory = 0, minDisk = 0, maxPrice = Infinity, gpu } = query;
  const { vcpus, memoryMiB, diskGiB, gpus } = offer.class;
  return (
    (image === undefined || offer.images.includes(image)) &&
    (region === undefined || offer.region === region) &&
    vcpus >= minVcpus &&
    memoryMiB >= minMemory &&
    diskGiB >= minDisk &&
    Number(offer.price.satsPerHour) <= maxPrice &&
    (gpu === undefined || (gpu === "none" ? gpus === 0 : gpus > 0))
  );
}
