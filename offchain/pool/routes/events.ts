// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { Request, Response } from "express";
import { getAddress } from "viem";
import { eventsQuerySchema } from "../api.ts";
import { type EventName, runEventStream } from "../eventStream.ts";
import { leaseAnswer } from "../leaseAnswer.ts";
import { route } from "../route.ts";

/** Before the browser comes back after a connection that broke, milliseconds. */
const RETRY_MS = 2_000;

export const eventsRoute = route({
  method: "get",
  path: "/api/events",
  summary: "Server-sent events: what was asked for as it is now, and again whenever it changes. Last-Event-ID resumes",
  query: eventsQuerySchema,
  responses: {
    200: { description: "Events named lease, holder, offers, block and reset", type: "text/event-stream" },
  },
  limit: "stream",
  async handle({ query, request, response }, deps) {
    const { lease = [], holder = [], offers } = query;
    const interests = {
      leases: lease.map((id) => id.toLowerCase()),
      holders: holder.map((address) => getAddress(address)),
      offers: offers !== undefined,
    };
    const closed = new AbortController();
    response.once("close", () => closed.abort());
    const signal = AbortSignal.any([closed.signal, deps.signal]);
    begin(response);
    try {
      const { db, hub, paymentWatch, clock } = deps;
      const answer = (id: string) => leaseAnswer(id, { ...deps, network: deps.bitcoinNetwork });
      const send = sender(response, signal);
      const lastEventId = lastEventIdOf(request);
      await runEventStream({ db, hub, paymentWatch, clock, answer, interests, lastEventId, send, signal });
    } catch (error) {
      // The headers are out: all that is left is to end, and the browser comes back.
      deps.log.error({ err: error }, "an event stream failed");
    }
    response.end();
    return undefined;
  },
});

function begin(response: Response): void {
  response.status(200).set({
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    // Else nginx keeps events back until its buffer is full.
    "X-Accel-Buffering": "no",
  });
  response.flushHeaders();
  response.write(`retry: ${RETRY_MS}\n\n`);
}

/** A slow client is waited for: what changes meanwhile is told once it can take it. */
function sender(response: Response, signal: AbortSignal) {
  return async (id: string, name: EventName, data: object) => {
    signal.throwIfAborted();
    const taken = response.write(`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    if (!taken) await once(response, "drain", { signal });
  };
}

function lastEventIdOf(request: Request): string | undefined {
  const header = request.get("Last-Event-ID");
  return header === undefined || header === "" ? undefined : header;
}
