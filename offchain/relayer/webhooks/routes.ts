// SPDX-License-Identifier: Apache-2.0
import { Router } from "express";
import { z } from "zod";
import { badInput, notFound, sendJson } from "../http.ts";
import type { Wake } from "../wake.ts";
import type { Delivery, KeptEvent, Outbox } from "./outbox.ts";

export interface RoutesParameters {
  readonly outbox: Outbox;
  /** The webhooks' names. */
  readonly names: readonly string[];
  /** Told of replays. */
  readonly outgoing: Wake;
  now(): number;
}

const MOST = 1_000;
const cursor = z.coerce.number().int().nonnegative();
const state = z.enum(["pending", "delivered", "failed"]);
const listSchema = z.strictObject({
  after: cursor.default(0),
  limit: z.coerce.number().int().min(1).max(MOST).default(100),
  webhook: z.string().optional(),
  state: state.optional(),
});
const replaySchema = z.strictObject({
  webhook: z.string().optional(),
  ids: z.array(z.string()).max(MOST).optional(),
  /** Those that come after this cursor, up to and including `until`. */
  after: cursor.optional(),
  until: cursor.optional(),
  state: state.optional(),
});

/** `GET /events` lists what was told, and how each delivery stands; `POST /replay` delivers chosen events again. */
export function webhookRoutes({ outbox, names, outgoing, now }: RoutesParameters): Router {
  const routes = Router();
  const requireName = (name: string | undefined) => {
    if (name !== undefined && !names.includes(name)) throw notFound(`no webhook ${name}`);
  };
  routes.get("/events", (request, response) => {
    const query = listSchema.safeParse(request.query);
    if (!query.success) throw badInput(query.error);
    const { after, limit, webhook, state: wanted } = query.data;
    requireName(webhook);
    const found = [...outbox.events()].filter((event) => event.sequence > after && matches(event, webhook, wanted));
    const page = found.slice(0, limit);
    const next = page.length < found.length ? page.at(-1)?.sequence : undefined;
    sendJson(response, { events: page.map(describe), next: next ?? null });
  });
  routes.post("/replay", async (request, response) => {
    const chosen = replaySchema.safeParse(request.body);
    if (!chosen.success) throw badInput(chosen.error);
    const { webhook, ids, after = 0, until = Number.MAX_SAFE_INTEGER, state: wanted } = chosen.data;
    requireName(webhook);
    const inRange = ({ sequence }: KeptEvent) => sequence > after && sequence <= until;
    const isNamed = ({ id }: KeptEvent) => ids === undefined || ids.includes(id);
    const marks: [number, Delivery][] = [];
    for (const event of [...outbox.events()].filter((each) => inRange(each) && isNamed(each))) {
      for (const name of webhook === undefined ? names : [webhook]) {
        const delivery = event.deliveries.get(name);
        // One that has never been meant for a webhook that is new goes there as well, when it is asked for by name.
        if (delivery === undefined ? webhook === undefined : wanted !== undefined && delivery.state !== wanted)
          continue;
        marks.push([event.sequence, { webhook: name, state: "pending", since: now(), last: delivery?.last }]);
      }
    }
    await outbox.mark(marks);
    outgoing.now();
    sendJson(response.status(202), { replayed: marks.length });
  });
  return routes;
}

function matches({ deliveries }: KeptEvent, webhook: string | undefined, wanted: string | undefined): boolean {
  const ofIt = [...deliveries.values()].filter((each) => webhook === undefined || each.webhook === webhook);
  return wanted === undefined ? webhook === undefined || ofIt.length > 0 : ofIt.some((each) => each.state === wanted);
}

function describe({ sequence, id, type, at, body, deliveries }: KeptEvent) {
  return {
    cursor: sequence,
    id,
    type,
    at: new Date(at).toISOString(),
    body: JSON.parse(body) as unknown,
    deliveries: [...deliveries.values()].map(({ webhook, state: how, last }) => ({ webhook, state: how, last })),
  };
}
