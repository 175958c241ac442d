// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError } from "./compute.ts";
import type { Session } from "./session.ts";

const schema = z.object({ output: z.string().nullable() });

/** See `Compute.getConsoleOutput` (POST /servers/{id}/action os-getConsoleOutput, which changes nothing). */
export async function getConsoleOutput(
  session: Session,
  id: string,
  lines: number,
  signal: AbortSignal,
): Promise<string> {
  if (!Number.isInteger(lines) || lines < 1 || lines > 10_000) {
    throw new ComputeError("BAD_REQUEST", `1 to 10000 lines of console output, not ${lines}`);
  }
  try {
    const { output } = await session.call(
      {
        service: "compute",
        method: "POST",
        path: `/servers/${encodeURIComponent(id)}/action`,
        body: { "os-getConsoleOutput": { length: lines } },
        expect: [200],
        schema,
        reads: true,
      },
      signal,
    );
    return output ?? "";
  } catch (error) {
    // Nova's answer while no host has taken the server yet.
    if (error instanceof ComputeError && error.code === "CONFLICT") return "";
    throw error;
  }
}
