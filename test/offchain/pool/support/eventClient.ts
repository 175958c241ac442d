// SPDX-License-Identifier: Apache-2.0
import { systemClock } from "../../../../offchain/core/clock.ts";
import { serverEventSchemas } from "../../../../offchain/pool/api.ts";

export interface ServerEvent {
  readonly id: string;
  readonly name: keyof typeof serverEventSchemas;
  readonly data: Record<string, unknown>;
}

export interface EventClient {
  readonly status: number;
  readonly headers: Headers;
  /** All events so far. */
  readonly events: readonly ServerEvent[];
  /** Waits for the next event that is like this, from after the last one waited for. @throws Error after 5 s */
  next(like: (event: ServerEvent) => boolean): Promise<ServerEvent>;
  close(): void;
}

const PATIENCE_MS = 5_000;

/** Reads a stream of server-sent events as a browser does, and checks each against its schema. */
export async function openEvents(url: string, headers: Record<string, string> = {}): Promise<EventClient> {
  const stop = new AbortController();
  const response = await fetch(url, { headers, signal: stop.signal });
  const events: ServerEvent[] = [];
  let at = 0;
  let failure: unknown;
  const reading = readAll(response, (event) => events.push(event));
  reading.catch((error: unknown) => {
    if (!stop.signal.aborted) failure = error;
  });
  return {
    status: response.status,
    headers: response.headers,
    events,
    async next(like) {
      const deadline = systemClock.now() + PATIENCE_MS;
      for (;;) {
        if (failure !== undefined) throw failure;
        const found = events.findIndex((event, i) => i >= at && like(event));
        if (found !== -1) {
          at = found + 1;
          return events[found] as ServerEvent;
        }
        if (systemClock.now() > deadline) throw new Error(`no such event among ${JSON.stringify(events.slice(at))}`);
        await systemClock.sleep(10);
      }
    },
    close: () => stop.abort(),
  };
}

async function readAll(response: Response, onEvent: (event: ServerEvent) => void): Promise<void> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      const fields = new Map(
        text
          .slice(0, end)
          .split("\n")
          .map((line) => line.split(/: (.*)/s) as [string, string]),
      );
      text = text.slice(end + 2);
      const name = fields.get("event") as ServerEvent["name"] | undefined;
      if (name === undefined) continue;
      const data = serverEventSchemas[name].parse(JSON.parse(fields.get("data") ?? ""));
      onEvent({ id: fields.get("id") ?? "", name, data });
    }
  }
}
