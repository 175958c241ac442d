// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type EventStream, follow, POLL_CHECKS, SILENT_CHECKS } from "../../../offchain/web/live/follow.ts";

class FakeStream implements EventStream {
  onopen: ((event: Event) => unknown) | null = null;
  onerror: ((event: Event) => unknown) | null = null;
  readyState = 0;
  readonly listeners = new Map<string, (event: MessageEvent) => void>();

  addEventListener(name: string, listener: (event: MessageEvent) => void): void {
    this.listeners.set(name, listener);
  }
  close(): void {
    this.readyState = 2;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }
  send(name: string, data: string): void {
    this.listeners.get(name)?.(new MessageEvent(name, { data }));
  }
}

function setUp({ missed = false } = {}) {
  const streams: FakeStream[] = [];
  const log: string[] = [];
  let check: (() => void) | undefined;
  const stop = follow({
    open: () => {
      const stream = new FakeStream();
      streams.push(stream);
      return stream;
    },
    names: ["block"],
    onEvent: (name, data) => log.push(`${name} ${data}`),
    refresh: () => log.push("refresh"),
    onMode: (mode) => log.push(mode),
    timers: {
      every(_ms, action) {
        check = action;
        return () => {
          check = undefined;
        };
      },
    },
    missed,
  });
  const pass = (checks: number) => {
    for (let i = 0; i < checks; i++) check?.();
  };
  const last = () => streams.at(-1) as FakeStream;
  return { streams, log, stop, pass, last, isStopped: () => check === undefined };
}

describe("web: following server-sent events", () => {
  it("is live once the stream is open, and hands on what comes", () => {
    const { log, last, pass } = setUp();
    last().open();
    pass(1);
    last().send("block", "1");
    expect(log).to.deep.equal(["connecting", "live", "block 1"]);
  });

  it("asks now and then while the stream is down, and once more when it is up again", () => {
    const { log, streams, last, pass } = setUp();
    last().open();
    last().readyState = 2;
    pass(1 + POLL_CHECKS);
    expect(log).to.deep.equal(["connecting", "live", "polling", "refresh"]);
    expect(streams).to.have.length(2);
    last().open();
    expect(log.slice(4)).to.deep.equal(["live", "refresh"]);
  });

  it("leaves a stream alone that the browser is resuming, and asks meanwhile", () => {
    const { log, streams, last, pass } = setUp();
    last().open();
    last().readyState = 0;
    pass(POLL_CHECKS);
    expect(log).to.deep.equal(["connecting", "live", "polling", "refresh"]);
    last().open();
    expect(log.slice(4), "what was missed comes over the resumed stream").to.deep.equal(["live"]);
    expect(streams).to.have.length(1);
  });

  it("opens a stream anew that says nothing for long", () => {
    const { streams, last, pass } = setUp();
    last().open();
    pass(SILENT_CHECKS - 1);
    last().send("block", "1");
    pass(SILENT_CHECKS);
    expect(streams).to.have.length(1);
    pass(4);
    expect(streams).to.have.length(2);
  });

  it("tries a server that refuses less and less often", () => {
    const { streams, last, pass } = setUp();
    const opened: number[] = [];
    for (let second = 0; second < 200; second++) {
      last().readyState = 2;
      const before = streams.length;
      pass(1);
      if (streams.length > before) opened.push(second);
    }
    const gaps = opened.slice(1).map((at, index) => at - (opened[index] ?? 0));
    expect(gaps).to.deep.equal([...gaps].sort((a, b) => a - b));
    expect(Math.max(...gaps)).to.be.within(30, 40);
  });

  it("asks at once when something was missed before it began", () => {
    const { log, last } = setUp({ missed: true });
    last().open();
    expect(log).to.deep.equal(["connecting", "live", "refresh"]);
  });

  it("stops", () => {
    const { last, stop, isStopped } = setUp();
    last().open();
    stop();
    expect(last().readyState).to.equal(2);
    expect(isStopped()).to.equal(true);
  });
});
