// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError } from "./compute.ts";
import type { Session } from "./session.ts";

const schema = z.object({ remote_console: z.object({ url: z.url({ protocol: /^https?$/ }) }) });

/** Those that a browser shows by itself, the most usual first. */
const KINDS = [
  { protocol: "vnc", type: "novnc" },
  { protocol: "spice", type: "spice-html5" },
] as const;

/** See `Compute.getConsoleUrl` (POST /servers/{id}/remote-consoles, of which each makes a token of its own). */
export async function getConsoleUrl(session: Session, id: string, signal: AbortSignal): Promise<string | undefined> {
  for (const kind of KINDS) {
    try {
      const { remote_console: console } = await session.call(
        {
          service: "compute",
          method: "POST",
          path: `/servers/${encodeURIComponent(id)}/remote-consoles`,
          body: { remote_console: kind },
          expect: [200],
          schema,
          reads: true,
        },
        signal,
      );
      return console.url;
    } catch (error) {
      // 400: this cloud has none of this kind. 403: members may not have it. 409: nothing runs.
      const isNone = error instanceof ComputeError && ["BAD_REQUEST", "FORBIDDEN", "CONFLICT"].includes(error.code);
      if (!isNone) throw error;
    }
  }
  return undefined;
}
