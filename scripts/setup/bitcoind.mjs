// SPDX-License-Identifier: Apache-2.0
// A bitcoind to run tests and the local network against: the machine's own if it has a recent one, else Debian's
// package, unpacked with its libraries (its C library too) into the cache: nothing is installed, no root is needed.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { CACHE, exclusively, exists, run, SetupError, step } from "./steps.mjs";

const HOME = join(CACHE, "bitcoind");
const OLDEST_MAJOR = 28;
const PACKAGE = "bitcoin-knots";
const MIRROR = "http://deb.debian.org/debian"; // plain http: apt checks signatures, and a bare machine has no CA certificates
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Tried in this order; a stable release is preferred to a moving one. */
const SUITES = [["trixie", "trixie-backports"], ["forky"], ["sid"]];

/**
 * The argv prefix that runs bitcoind: `[path]`, or a loader with its library path and then the program.
 * @throws SetupError if there is none yet; `ensureBitcoind` gets one
 */
export function bitcoindCommand() {
  const found = usable(fromPath()) ?? usable(fromCache());
  if (found === undefined) throw new SetupError(`no bitcoind ${OLDEST_MAJOR} or newer is here: ${advice()}`);
  return found;
}

/** What that bitcoind says of itself, such as "Bitcoin Knots daemon version v29.1.0". */
export function bitcoindVersion() {
  return said(bitcoindCommand()).split("\n", 1)[0];
}

/** Gets a bitcoind if there is none, and gives the argv prefix that runs it. */
export async function ensureBitcoind() {
  const found = usable(fromPath()) ?? usable(fromCache());
  if (found !== undefined) return found;
  if (process.platform !== "linux" || !hasProgram("apt-get") || !hasProgram("dpkg")) throw new SetupError(advice());
  return step("Bitcoin node (Debian package)", () =>
    exclusively("bitcoind", async () => {
      if (usable(fromCache()) === undefined) await install();
      return bitcoindCommand();
    }),
  );
}

function advice() {
  const how =
    process.platform === "darwin"
      ? "run `brew install bitcoin`"
      : "install Bitcoin Core from https://bitcoincore.org/en/download/ (or your system's package)";
  return `${how}, so that a bitcoind of version ${OLDEST_MAJOR} or newer is on PATH, and run this again`;
}

function fromPath() {
  const folder = (process.env.PATH ?? "").split(delimiter).find((each) => each && existsSync(join(each, "bitcoind")));
  return folder === undefined ? undefined : [join(folder, "bitcoind")];
}

function hasProgram(name) {
  return (process.env.PATH ?? "").split(delimiter).some((each) => each && existsSync(join(each, name)));
}

function fromCache(home = HOME) {
  const program = join(home, "usr/bin/bitcoind");
  if (!existsSync(program)) return undefined;
  for (const triplet of readdirSync(join(home, "usr/lib"))) {
    const libraries = join(home, "usr/lib", triplet);
    const loader = triplet.includes("linux-gnu") && readdirSync(libraries).find((name) => /^ld-linux.*\.so/.test(name));
    if (loader) return [join(libraries, loader), "--library-path", libraries, program];
  }
  return undefined;
}

/** The command if it runs and is recent enough. */
function usable(command) {
  if (command === undefined) return undefined;
  try {
    const major = /version v?(\d+)\./.exec(said(command))?.[1];
    return major !== undefined && Number(major) >= OLDEST_MAJOR ? command : undefined;
  } catch {
    return undefined; // of another machine, or broken
  }
}

function said([program, ...args]) {
  return execFileSync(program, [...args, "--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

async function install() {
  const failures = [];
  for (const suites of SUITES) {
    const work = join(CACHE, "bitcoind.part");
    await rm(work, { recursive: true, force: true });
    try {
      await unpack(await download(work, suites), join(work, "root"));
      if (usable(fromCache(join(work, "root"))) === undefined)
        throw new SetupError("the unpacked bitcoind does not run");
      await rm(HOME, { recursive: true, force: true });
      await rename(join(work, "root"), HOME);
      return;
    } catch (error) {
      failures.push(`${suites.join(" + ")}: ${error.message}`);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  throw new SetupError(`${PACKAGE} could not be had from ${MIRROR}; ${advice()}\n${failures.join("\n")}`);
}

/** Fetches the package and all it depends on, with an apt that knows no other source and thinks nothing is installed. */
async function download(work, suites) {
  const state = join(work, "state");
  const cache = join(work, "cache");
  const empty = join(work, "empty");
  for (const folder of [join(state, "lists/partial"), join(cache, "archives/partial"), empty]) {
    await mkdir(folder, { recursive: true });
  }
  const status = join(state, "status"); // in a folder of ours, for apt's lock is put beside it
  await writeFile(status, "");
  const sources = join(work, "sources.list");
  const keyring = (await exists(KEYRING)) ? KEYRING : await debianKeyring(work);
  await writeFile(sources, suites.map((suite) => `deb [signed-by=${keyring}] ${MIRROR} ${suite} main\n`).join(""));
  const options = [
    `Dir::State=${state}`,
    `Dir::State::status=${status}`,
    `Dir::Cache=${cache}`,
    `Dir::Etc::sourcelist=${sources}`,
    `Dir::Etc::sourceparts=${empty}`,
    "Dir::Etc::preferences=/dev/null",
    `Dir::Etc::preferencesparts=${empty}`,
    "APT::Sandbox::User=root", // root downloads as root: the user _apt may not read this folder
    "APT::Install-Recommends=0",
    "Acquire::Languages=none",
    "Acquire::Retries=3",
    "Acquire::http::Timeout=30",
  ].flatMap((option) => ["-o", option]);
  await run("apt-get", [...options, "-q", "update"]);
  const target = suites.length > 1 ? `${PACKAGE}/${suites.at(-1)}` : PACKAGE;
  await run("apt-get", [...options, "-q", "-y", "--download-only", "install", target]);
  const archives = join(cache, "archives");
  return (await readdir(archives)).filter((name) => name.endsWith(".deb")).map((name) => join(archives, name));
}

/** Debian's archive keys on a derivative such as Ubuntu, which carries them as a package signed by its own keys. */
async function debianKeyring(work) {
  const folder = join(work, "keyring");
  await mkdir(folder);
  await run("apt-get", ["-q", "download", "debian-archive-keyring"], { cwd: folder });
  const [archive] = await readdir(folder);
  await unpack([join(folder, archive)], folder);
  return join(folder, KEYRING);
}

async function unpack(archives, folder) {
  await mkdir(folder, { recursive: true });
  for (const archive of archives) await run("dpkg", ["-x", archive, folder]);
}
