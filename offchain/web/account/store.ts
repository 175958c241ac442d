// SPDX-License-Identifier: Apache-2.0

/** Where a browser keeps texts. Writing may fail silently: then the page knows them until it is closed. */
export interface KeyValue {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** Whose leases the page shows. */
export interface AccountState {
  /** The account secret in use, as text. */
  readonly secret: string | undefined;
  /** Whether somebody has said that it is kept elsewhere too. */
  readonly saved: boolean;
  /** The secret came with a link and is not the one that this browser keeps. */
  readonly visiting: boolean;
}

export interface AccountStore {
  snapshot(): AccountState;
  /** @returns stops it */
  subscribe(wake: () => void): () => void;
  /** The secret in use, made now if there is none. */
  ensure(): string;
  /** Uses the secret of a link: keeps it if the browser has none, else uses it until the page is closed. */
  visit(secret: string): void;
  /** Makes a secret the one that this browser keeps, in place of any other. */
  adopt(secret: string): void;
  /** Goes back from a link's account to the browser's own. */
  leave(): void;
  markSaved(): void;
  /** Drops the browser's own secret. */
  forget(): void;
  /** Reads again what another tab may have changed. */
  reload(): void;
}

const SECRET = "xov.secret";
const SAVED = "xov.secret.saved";

/** Keeps one account secret in a browser. @param make a new secret, as text */
export function createAccountStore(storage: KeyValue, make: () => string): AccountStore {
  const listeners = new Set<() => void>();
  let visited: string | undefined;
  let state = read();

  function read(): AccountState {
    const own = storage.get(SECRET);
    const visiting = visited !== undefined && visited !== own;
    const isSaved = own !== undefined && storage.get(SAVED) === own;
    return { secret: visiting ? visited : own, saved: visiting || isSaved, visiting };
  }
  function changed(): void {
    const next = read();
    if (next.secret === state.secret && next.saved === state.saved && next.visiting === state.visiting) return;
    state = next;
    for (const wake of listeners) wake();
  }
  function keep(secret: string, saved: boolean): void {
    storage.set(SECRET, secret);
    if (saved) storage.set(SAVED, secret);
    else storage.remove(SAVED);
    visited = undefined;
  }
  return {
    snapshot: () => state,
    subscribe(wake) {
      listeners.add(wake);
      return () => listeners.delete(wake);
    },
    ensure() {
      // Another tab may have made one since.
      changed();
      if (state.secret !== undefined) return state.secret;
      const secret = make();
      keep(secret, false);
      changed();
      return secret;
    },
    visit(secret) {
      const own = storage.get(SECRET);
      // Whoever comes with a link has the secret somewhere else already.
      if (own === undefined) keep(secret, true);
      else visited = secret;
      changed();
    },
    adopt(secret) {
      keep(secret, true);
      changed();
    },
    leave() {
      visited = undefined;
      changed();
    },
    markSaved() {
      if (state.secret !== undefined && !state.visiting) storage.set(SAVED, state.secret);
      changed();
    },
    forget() {
      storage.remove(SECRET);
      storage.remove(SAVED);
      changed();
    },
    reload: changed,
  };
}
