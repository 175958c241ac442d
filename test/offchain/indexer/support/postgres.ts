// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { startProcess } from "../../../../scripts/devnet/process.ts";

export interface PrivatePostgres {
  /** For `DATABASE_URL`: a Unix socket that only its owner reaches. */
  readonly url: string;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root: then its own account does, or `nobody`. */
const PLAIN_USERS = ["postgres", "nobody"];

/**
 * Starts a PostgreSQL of this machine's own binaries on a new folder, without a TCP port.
 * @returns undefined when there are no such binaries
 */
export async function startPostgres(): Promise<PrivatePostgres | undefined> {
  const bin = await findBinaries();
  if (bin === undefined) return undefined;
  const dir = await mkdtemp(join(tmpdir(), "xov-pg-"));
  const drop = process.getuid?.() === 0 ? await plainUser(dir) : [];
  const data = join(dir, "data");
  const run = (name: string, args: readonly string[]) => [...drop, join(bin, name), ...args];
  const [init = "", ...initArgs] = run("initdb", ["-D", data, "-A", "trust", "-U", "xov", "--no-sync", "-E", "UTF8"]);
  await promisify(execFile)(init, initArgs, { cwd: dir });
  const settings = ["listen_addresses=", "fsync=off", "shared_buffers=16MB", "max_connections=30"];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const [command = "", ...args] = run("postgres", ["-D", data, "-k", dir, ...flags]);
  const running = await startProcess({
    command,
    args,
    cwd: dir,
    ready: (line) => (line.includes("ready to accept connections") ? true : undefined),
    readyTimeoutMs: 30_000,
  });
  return {
    url: `postgresql://xov@/postgres?host=${encodeURIComponent(dir)}`,
    async stop() {
      await running.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A folder that has `initdb` and `postgres`: in PATH, or where Debian and Red Hat keep them. */
async function findBinaries(): Promise<string | undefined> {
  const roots = ["/usr/lib/postgresql", "/usr/pgsql"];
  const versions = await Promise.all(
    roots.map(async (root) => {
      const names: string[] = await readdir(root).catch(() => []);
      return names.sort((a, b) => Number(b) - Number(a)).map((name) => join(root, name, "bin"));
    }),
  );
  for (const dir of [...versions.flat(), ...(process.env.PATH ?? "").split(delimiter)]) {
    const names: string[] = await readdir(dir).catch(() => []);
    if (names.includes("initdb") && names.includes("postgres")) return dir;
  }
  return undefined;
}

/** What runs a command as a plain user, to whom the folder is given. */
async function plainUser(dir: string): Promise<string[]> {
  for (const name of PLAIN_USERS) {
    const ids = await Promise.all(["-u", "-g"].map((flag) => promisify(execFile)("id", [flag, name]))).catch(() => []);
    const [uid, gid] = ids.map(({ stdout }) => Number(stdout));
    if (uid === undefined || gid === undefined) continue;
    await chown(dir, uid, gid);
    return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  }
  throw new Error("PostgreSQL does not run as root, and there is no plain user to run it as");
}
