// SPDX-License-Identifier: Apache-2.0
import type { Request, Response } from "express";
import { eventsQuerySchema, serverEventSchemas } from "../../../offchain/pool/api.ts";
import { summaryOf } from "./fakeLease.ts";
import type { FakeEvent, FakePool } from "./fakePool.ts";

/** The fake's server-sent events. */
export interface FakeEvents {
  serve(request: Request, response: Response): void;
  /** Cuts every stream, as a network does. */
  breakAll(): void;
  /** Ids that clients resumed from. */
  readonly resumed: string[];
  close(): void;
}

interface Message {
  readonly name: keyof typeof serverEventSchemas;
  readonly data: unknown;
}

/** Numbers every event, and sends those after `Last-Event-ID` first. */
export function createFakeEvents(pool: FakePool): FakeEvents {
  const log: FakeEvent[] = [];
  const resumed: string[] = [];
  const streams = new Map<Response, (event: FakeEvent, id: number) => void>();
  const stop = pool.listen((event) => {
    log.push(event);
    for (const send of streams.values()) send(event, log.length);
  });
  return {
    resumed,
    serve(request, response) {
      const query = eventsQuerySchema.parse(request.query);
      response.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-store" }).flushHeaders();
      response.write("retry: 200\n\n");
      const send = (event: FakeEvent, id: number) => {
        for (const { name, data } of messagesOf(event, query, pool)) {
          const checked = JSON.stringify(serverEventSchemas[name].parse(data));
          response.write(`id: ${id}\nevent: ${name}\ndata: ${checked}\n\n`);
        }
      };
      const lastEventId = request.get("last-event-id");
      if (lastEventId !== undefined) resumed.push(lastEventId);
      const last = Number(lastEventId ?? log.length);
      log.slice(last).forEach((event, at) => {
        send(event, last + at + 1);
      });
      streams.set(response, send);
      response.on("close", () => streams.delete(response));
    },
    breakAll() {
      for (const response of streams.keys()) response.destroy();
    },
    close() {
      stop();
      for (const response of streams.keys()) response.destroy();
    },
  };
}

function messagesOf(event: FakeEvent, query: ReturnType<typeof eventsQuerySchema.parse>, pool: FakePool): Message[] {
  const block = pool.block();
  if (event.kind === "block") return [{ name: "block", data: block }];
  if (event.kind === "offers") return query.offers === undefined ? [] : [{ name: "offers", data: { block } }];
  const lease = pool.leases.get(event.leaseId);
  const messages: Message[] = [];
  if (lease === undefined) return messages;
  if (query.lease?.includes(lease.leaseId)) messages.push({ name: "lease", data: pool.view(lease.leaseId) });
  const isOpen = lease.state !== "queued" && lease.state !== "refused";
  if (isOpen && query.holder?.includes(lease.body.terms.holder)) {
    messages.push({ name: "holder", data: summaryOf(lease, block) });
  }
  return messages;
}
