// SPDX-License-Identifier: Apache-2.0
import type { Sender } from "../chain/sender.ts";

export interface RenewableSender {
  readonly sender: Sender;
  /**
   * To be called when the chain has taken back blocks, for what a call waits for may never come: ends all calls that are
   * under way. Whoever made them looks at the chain and tries again.
   */
  renew(): void;
}

/**
 * A sender that forgets which nonces it has used whenever nothing is under way: a reorg, even one that nobody noticed, may
 * have taken back its transactions, and a nonce that is left out would keep back all that follow.
 */
export function renewableSender(createSender: () => Sender): RenewableSender {
  let current = createSender();
  let renewed = new AbortController();
  let underWay = 0;
  const submit = async <T>(call: (sender: Sender, signal: AbortSignal) => Promise<T>): Promise<T> => {
    underWay++;
    try {
      return await call(current, renewed.signal);
    } finally {
      underWay--;
      if (underWay === 0) current = createSender();
    }
  };
  const sender: Sender = {
    address: current.address,
    submit: (call, signal) => submit((now, end) => now.submit(call, AbortSignal.any([signal, end]))),
  };
  const renew = () => {
    renewed.abort(new Error("the chain was reorganised"));
    renewed = new AbortController();
    current = createSender();
  };
  return { sender, renew };
}
