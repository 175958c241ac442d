// SPDX-License-Identifier: Apache-2.0
import type { State } from "../leases.ts";
import { type Operation, operationsOf } from "../operation.ts";
import { sign } from "../signatures.ts";
import { HOUR } from "../values.ts";

async function signed(s: State) {
  const deadline = s.chain.now() + HOUR;
  const contract = { name: "XOV Requests", at: s.requests };
  return { deadline, signature: await sign(s, s.holder, contract, "Console", { leaseId: s.tokenLease, deadline }) };
}

/** Of what holders ask appliances for. */
export const requestOperations: readonly Operation[] = operationsOf("Requests", {
  requestConsole: { "by the holder": (s) => s.requests.requestConsole(s.tokenLease) },
  requestConsoleBySig: {
    "by a relayer": async (s) => {
      const { deadline, signature } = await signed(s);
      return s.requests.connect(s.relayer).requestConsoleBySig(s.tokenLease, deadline, signature);
    },
  },
});
