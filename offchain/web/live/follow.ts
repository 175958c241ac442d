// SPDX-License-Identifier: Apache-2.0

/** How news come: over the stream, by asking now and then while the stream is down, or not at all. */
export type LiveMode = "connecting" | "live" | "polling";

/** The parts of an EventSource that are used here. */
export interface EventStream {
  onopen: ((event: Event) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  readonly readyState: number;
  addEventListener(name: string, listener: (event: MessageEvent) => void): void;
  close(): void;
}

export interface FollowParameters {
  /** Opens the stream anew. */
  readonly open: () => EventStream;
  /** Names of the events to hand on. */
  readonly names: readonly string[];
  readonly onEvent: (name: string, data: string) => void;
  /** Asks for everything again: what came in between is not known. */
  readonly refresh: () => void;
  readonly onMode: (mode: LiveMode) => void;
  readonly timers: Timers;
  /** Something may have been missed before the stream opens. */
  readonly missed?: boolean;
}

/** `setInterval` and `clearInterval`, as an argument. */
export interface Timers {
  every(ms: number, action: () => void): () => void;
}

/** How often the stream is looked at. */
export const CHECK_MS = 1_000;
/** Checks between two questions while the stream is down. */
export const POLL_CHECKS = 5;
/** Checks without any event after which a stream counts as dead: blocks come more often. */
export const SILENT_CHECKS = 60;
/** Checks before a stream that the server closed is opened again; doubles up to the maximum. */
const REOPEN_CHECKS = { first: 2, most: 32 };

const CLOSED = 2;

/**
 * Follows server-sent events. A connection that breaks is resumed by the browser itself, with the id of the last event;
 * one that is refused or silent is opened anew, and until it stands the page asks instead.
 * @returns stops it
 */
export function follow({ open, names, onEvent, refresh, onMode, timers, ...start }: FollowParameters): () => void {
  let stream: EventStream | undefined;
  let mode: LiveMode | undefined;
  let [silent, down, wait, pause] = [0, 0, 0, REOPEN_CHECKS.first];
  let missed = start.missed ?? false;

  const setMode = (next: LiveMode) => {
    if (next === mode) return;
    mode = next;
    onMode(next);
  };
  const connect = () => {
    const current = open();
    stream = current;
    silent = 0;
    current.onopen = () => {
      [silent, down, pause] = [0, 0, REOPEN_CHECKS.first];
      setMode("live");
      if (missed) refresh();
      missed = false;
    };
    for (const name of names) {
      current.addEventListener(name, (event) => {
        silent = 0;
        onEvent(name, `${event.data}`);
      });
    }
  };
  const drop = () => {
    stream?.close();
    stream = undefined;
    missed = true;
    wait = pause;
    pause = Math.min(2 * pause, REOPEN_CHECKS.most);
  };
  const check = () => {
    if (stream === undefined) {
      if (--wait <= 0) connect();
    } else if (stream.readyState === CLOSED || ++silent > SILENT_CHECKS) drop();
    const isOpen = stream?.readyState === 1;
    down = isOpen ? 0 : down + 1;
    if (down >= 2) setMode("polling");
    if (down > 0 && down % POLL_CHECKS === 0) refresh();
  };

  setMode("connecting");
  connect();
  const stopChecks = timers.every(CHECK_MS, check);
  return () => {
    stopChecks();
    stream?.close();
  };
}
