// SPDX-License-Identifier: Apache-2.0
import { ConfigError } from "./config.ts";
import { redactText } from "./redact.ts";

/** Exit codes: those of a shell and of sysexits(3). */
export const ExitCode = {
  OK: 0,
  /** EX_SOFTWARE: it stopped because of an error. */
  SOFTWARE: 70,
  /** EX_CONFIG: nothing was started. */
  CONFIG: 78,
  /** 128 + SIGINT: a second signal cut the orderly stop short. */
  INTERRUPTED: 130,
} as const;

/** Thrown by whatever waits on the signal, and no error of the daemon. */
export class ShutdownRequested extends Error {
  override readonly name = "ShutdownRequested";
  readonly code = "SHUTDOWN";

  constructor(signal: NodeJS.Signals) {
    super(`stopping after ${signal}`);
  }
}

/**
 * Runs a daemon to its end and sets the process's exit code. The first SIGINT or SIGTERM aborts `signal`, at which `main`
 * should stop and return; the second ends the process at once.
 * What is left open after `main` has ended does not keep the process: it exits.
 */
export async function runMain(main: (signal: AbortSignal) => Promise<void>): Promise<never> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(ExitCode.INTERRUPTED);
    controller.abort(new ShutdownRequested(name));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    await main(controller.signal);
    return process.exit(ExitCode.OK);
  } catch (error) {
    if (controller.signal.aborted && error === controller.signal.reason) return process.exit(ExitCode.OK);
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`);
      return process.exit(ExitCode.CONFIG);
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${redactText(text)}\n`);
    return process.exit(ExitCode.SOFTWARE);
  }
}
