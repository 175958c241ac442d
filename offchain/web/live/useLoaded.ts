// SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";

/** What was loaded for a key; what was loaded before stays until the next answer is there. */
export interface Loaded<T> {
  readonly data: T | undefined;
  /** Why the last attempt gave nothing; undefined once one succeeded. */
  readonly error: unknown;
  readonly loading: boolean;
  readonly reload: () => void;
  /** Puts in what was learned another way; a request under way is dropped if it asked earlier. */
  readonly put: (change: (data: T | undefined) => T | undefined) => void;
}

interface State<T> {
  readonly key: string | undefined;
  readonly data: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
}

/**
 * Loads what a key names, and again when the key changes or `reload` is called.
 * @param key undefined for nothing (yet)
 * @param keep whether the data of the key before may stand in until the new ones are there
 */
export function useLoaded<T>(
  key: string | undefined,
  load: (key: string, signal: AbortSignal) => Promise<T>,
  { keep = false } = {},
): Loaded<T> {
  const [state, setState] = useState<State<T>>({ key, data: undefined, error: undefined, loading: true });
  const [turn, setTurn] = useState(0);
  const puts = useRef(0);
  const loadNow = useEffectEvent(load);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn is another request for the same key
  useEffect(() => {
    if (key === undefined) return undefined;
    const stop = new AbortController();
    const putsBefore = puts.current;
    setState((before) => ({
      ...before,
      key,
      data: keep || before.key === key ? before.data : undefined,
      loading: true,
    }));
    loadNow(key, stop.signal).then(
      (data) => {
        if (stop.signal.aborted) return;
        const stale = puts.current !== putsBefore;
        setState((before) => ({ key, data: stale ? (before.data ?? data) : data, error: undefined, loading: false }));
      },
      (error) => {
        if (!stop.signal.aborted) setState((before) => ({ ...before, error, loading: false }));
      },
    );
    return () => stop.abort();
  }, [key, turn, keep]);

  const reload = useCallback(() => setTurn((turn) => turn + 1), []);
  const put = useCallback((change: (data: T | undefined) => T | undefined) => {
    puts.current += 1;
    setState((before) => ({ ...before, data: change(before.data), error: undefined }));
  }, []);
  const current = keep || state.key === key;
  return { data: current ? state.data : undefined, error: state.error, loading: state.loading, reload, put };
}
