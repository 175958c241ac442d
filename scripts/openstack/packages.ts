// SPDX-License-Identifier: Apache-2.0
import { chmod, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../offchain/core/errors.ts";
import type { Place, Variant } from "./place.ts";
import { PLAIN, runProgram } from "./program.ts";

const BOTH = [
  ...["mariadb-server", "rabbitmq-server", "keystone", "glance-api", "placement-api"],
  ...["nova-api", "nova-conductor", "nova-scheduler", "nova-compute", "neutron-server", "neutron-linuxbridge-agent"],
  // what they need and do not demand: the WSGI server, the fake driver's library, the driver's PyMySQL
  ...["uwsgi-core", "uwsgi-plugin-python3", "python3-fixtures", "python3-pymysql", "sudo", "iproute2", "qemu-utils"],
  // what the guest's image is made of and with
  ...["busybox-static", "dropbear-bin", "cpio", "kmod", "syslinux", "syslinux-common", "mtools", "dosfstools", "fdisk"],
];

/** Nova's compute service demands a hypervisor's package: the smallest does for one that is fake. */
const OF: Readonly<Record<Variant, readonly string[]>> = {
  light: ["nova-compute-ironic"],
  full: [
    ...["nova-compute-kvm", "libvirt-clients", "genisoimage", "seabios", "ipxe-qemu"],
    ...["neutron-dhcp-agent", "neutron-metadata-agent"],
  ],
};

/** Packages whose scripts would make databases and endpoints of their own where they are told to. */
const QUESTIONS = [
  "keystone keystone/configure_db boolean false",
  "keystone keystone/create-admin-tenant boolean false",
  "keystone keystone/register-endpoint boolean false",
  "glance-common glance/configure_db boolean false",
  "glance-api glance/register-endpoint boolean false",
  "placement-common placement/configure_db boolean false",
  "placement-api placement/register-endpoint boolean false",
  "nova-common nova/configure_db boolean false",
  "nova-api nova/register-endpoint boolean false",
  "neutron-common neutron/configure_db boolean false",
  "neutron-api neutron/register-endpoint boolean false",
];

/** Installs what is missing of the variant's packages; none of their services starts. */
export async function installPackages(place: Place): Promise<void> {
  const missing = await missingPackages(place.variant);
  if (missing.length === 0) return;
  const logFile = join(place.dir, "log", "packages.log");
  // The caller may reach the archive through a proxy.
  const env = { ...process.env, ...PLAIN };
  await runProgram("debconf-set-selections", [], { input: `${QUESTIONS.join("\n")}\n`, logFile });
  await withoutServices(async () => {
    await runProgram("apt-get", ["update", "-qq"], { env, logFile }).catch((error: unknown) => {
      process.stderr.write(`the package lists are as they were: ${messageOf(error).split("\n")[0]}\n`);
    });
    const options = ["-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Use-Pty=0"];
    await runProgram("apt-get", ["install", "-y", "--no-install-recommends", ...options, ...missing], { env, logFile });
  });
}

/** Which of them are not installed. Libvirt's driver serves beside the fake one, and the two packages exclude each other. */
async function missingPackages(variant: Variant): Promise<string[]> {
  const has = await installedPackages();
  const wanted = [...BOTH, ...(variant === "light" && has.has("nova-compute-kvm") ? [] : OF[variant])];
  return wanted.filter((name) => !has.has(name));
}

async function installedPackages(): Promise<Set<string>> {
  const lines = await runProgram("dpkg-query", ["-W", "-f", `\${db:Status-Status} \${Package}\n`]);
  const installed = lines.split("\n").filter((line) => line.startsWith("installed "));
  return new Set(installed.map((line) => line.slice("installed ".length)));
}

const POLICY = "/usr/sbin/policy-rc.d";
const ASIDE = `${POLICY}.xov-openstack`;
const REFUSAL = "#!/bin/sh\n# no service starts while scripts/openstack installs\nexit 101\n";

/** While `work` runs, Debian's policy says that no service may start; what stood there before stands there afterwards. */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  const before = await readFile(POLICY, "utf8").catch(() => undefined);
  if (before !== undefined && before !== REFUSAL) await rename(POLICY, ASIDE);
  await writeFile(POLICY, REFUSAL);
  await chmod(POLICY, 0o755);
  try {
    await work();
  } finally {
    await rename(ASIDE, POLICY).catch(() => rm(POLICY, { force: true }));
  }
}
