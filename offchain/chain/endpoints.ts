// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../core/clock.ts";
import { ChainError } from "./errors.ts";
import type { ChainSource } from "./source.ts";

export interface EndpointsParameters {
  /** In order of preference; at least one. */
  sources: readonly ChainSource[];
  clock: Clock;
  onError?: (error: unknown, source: string) => void;
}

export interface Endpoints {
  /**
   * The first endpoint that works and does not lag.
   * @throws ChainError RPC_FAILED when none answers
   */
  pick(signal: AbortSignal): Promise<ChainSource>;
  /** Passes an endpoint over until they are compared again. */
  failed(source: ChainSource): void;
}

const COMPARE_EVERY_MS = 10_000;
/** An endpoint that takes longer to say its height is passed over. */
const HEIGHT_TIMEOUT_MS = 3_000;
/** Blocks that an endpoint may be behind the highest one without being passed over. */
const MAX_LAG = 2n;

/** Chooses among endpoints by asking all of them, now and then, how far they are. */
export function createEndpoints({ sources, clock, onError }: EndpointsParameters): Endpoints {
  let usable: ChainSource[] = [];
  let comparedAt = Number.NEGATIVE_INFINITY;
  const [only] = sources;
  if (only === undefined) throw new RangeError("a chain needs an RPC endpoint");
  const compare = async (signal: AbortSignal) => {
    const heights = await Promise.all(sources.map((source) => heightOf(source, clock, signal, onError)));
    const highest = heights.reduce<bigint>((max, height) => (height !== undefined && height > max ? height : max), -1n);
    comparedAt = clock.now();
    usable = sources.filter((_, i) => (heights[i] ?? -1n) >= highest - MAX_LAG && heights[i] !== undefined);
  };
  return {
    async pick(signal) {
      if (sources.length === 1) return only;
      if (usable.length === 0 || clock.now() - comparedAt >= COMPARE_EVERY_MS) await compare(signal);
      const [first] = usable;
      if (first !== undefined) return first;
      throw new ChainError({ code: "RPC_FAILED", message: "no RPC endpoint answers", retryable: true });
    },
    failed(source) {
      usable = usable.filter((each) => each !== source);
    },
  };
}

async function heightOf(
  source: ChainSource,
  clock: Clock,
  signal: AbortSignal,
  onError: EndpointsParameters["onError"],
): Promise<bigint | undefined> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  const late = clock.sleep(HEIGHT_TIMEOUT_MS, either).then((): never => {
    const message = `${source.name} does not say its height within ${HEIGHT_TIMEOUT_MS} ms`;
    throw new ChainError({ code: "RPC_FAILED", message, retryable: true });
  });
  late.catch(() => undefined);
  const height = source.height(either);
  height.catch(() => undefined);
  try {
    return await Promise.race([height, late]);
  } catch (error) {
    signal.throwIfAborted();
    onError?.(error, source.name);
    return undefined;
  } finally {
    done.abort();
  }
}
