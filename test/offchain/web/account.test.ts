// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createAccountStore, type KeyValue } from "../../../offchain/web/account/store.ts";

function memory(): KeyValue & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
  };
}

function setUp(storage = memory()) {
  let made = 0;
  const store = createAccountStore(storage, () => `secret-${++made}`);
  let woken = 0;
  store.subscribe(() => woken++);
  return { store, storage, woken: () => woken };
}

describe("web: the account in a browser", () => {
  context("given a new browser", () => {
    it("has no secret until one is needed, and then the same for good", () => {
      const { store, storage } = setUp();
      expect(store.snapshot()).to.deep.equal({ secret: undefined, saved: false, visiting: false });
      expect(store.ensure()).to.equal("secret-1");
      expect(store.ensure()).to.equal("secret-1");
      expect(setUp(storage).store.snapshot()).to.deep.equal({ secret: "secret-1", saved: false, visiting: false });
    });

    it("keeps the secret of a link, which is saved elsewhere already", () => {
      const { store, storage } = setUp();
      store.visit("theirs");
      expect(store.snapshot()).to.deep.equal({ secret: "theirs", saved: true, visiting: false });
      expect(setUp(storage).store.snapshot().secret).to.equal("theirs");
    });
  });

  context("given a browser with a secret", () => {
    it("warns until it is saved", () => {
      const { store, woken } = setUp();
      store.ensure();
      store.markSaved();
      expect(store.snapshot().saved).to.equal(true);
      expect(woken()).to.equal(2);
    });

    it("shows a link's account without giving up its own", () => {
      const { store, storage } = setUp();
      store.ensure();
      store.visit("theirs");
      expect(store.snapshot()).to.deep.equal({ secret: "theirs", saved: true, visiting: true });
      expect(setUp(storage).store.snapshot().secret).to.equal("secret-1");
      store.leave();
      expect(store.snapshot()).to.deep.equal({ secret: "secret-1", saved: false, visiting: false });
    });

    it("signs launches with the account that is shown", () => {
      const { store } = setUp();
      store.ensure();
      store.visit("theirs");
      expect(store.ensure()).to.equal("theirs");
    });

    it("never marks its own secret saved because of a link's", () => {
      const { store } = setUp();
      store.ensure();
      store.visit("theirs");
      store.markSaved();
      store.leave();
      expect(store.snapshot().saved).to.equal(false);
    });

    it("takes another secret in its place", () => {
      const { store } = setUp();
      store.ensure();
      store.adopt("brought");
      expect(store.snapshot()).to.deep.equal({ secret: "brought", saved: true, visiting: false });
    });

    it("forgets", () => {
      const { store, storage } = setUp();
      store.ensure();
      store.markSaved();
      store.forget();
      expect(store.snapshot().secret).to.equal(undefined);
      expect(storage.values.size).to.equal(0);
    });

    it("uses the one that another tab has made", () => {
      const { store, storage } = setUp();
      setUp(storage).store.ensure();
      expect(store.ensure()).to.equal("secret-1");
      expect(storage.values.get("xov.secret")).to.equal("secret-1");
    });
  });
});
