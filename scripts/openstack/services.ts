// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { configFile } from "./configure.ts";
import type { Daemon } from "./daemon.ts";
import { type Listener, type Place, port, url } from "./place.ts";

/** A daemon, and how one sees that it is at work. */
export interface Service extends Daemon {
  readonly ready?: Ready;
}

export type Ready =
  /** Any answer to a GET. */
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "tcp"; readonly port: number }
  | { readonly kind: "program"; readonly program: string; readonly args: readonly string[] };

export function mariadb(place: Place): Service {
  const socket = socketOf(place);
  return {
    name: "mariadb",
    command: "mariadbd",
    args: [
      ...["--no-defaults", "--user=mysql", `--datadir=${join(place.dir, "mysql")}`, `--socket=${socket}`],
      ...["--skip-networking", "--skip-name-resolve", "--character-set-server=utf8mb3", "--max-connections=1000"],
      // What it holds is thrown away: nothing need reach the disk.
      ...["--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"],
      ...["--innodb-buffer-pool-size=256M", "--performance-schema=off"],
    ],
    ready: {
      kind: "program",
      program: "mariadb-admin",
      args: ["--no-defaults", `--socket=${socket}`, "-u", "root", "ping"],
    },
  };
}

export function socketOf({ dir }: Place): string {
  return join(dir, "mysql", "socket");
}

/** RabbitMQ, with a port mapper of its own, so that this too ends with the cloud. */
export function queue(place: Place): Service[] {
  const env = {
    ERL_EPMD_PORT: `${port(place, "epmd")}`,
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: "xov-openstack@localhost",
    RABBITMQ_NODE_PORT: `${port(place, "rabbit")}`,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_DIST_PORT: `${port(place, "distribution")}`,
    RABBITMQ_MNESIA_BASE: join(place.dir, "rabbitmq"),
    RABBITMQ_LOG_BASE: join(place.dir, "log"),
    RABBITMQ_LOGS: "-",
    RABBITMQ_CONFIG_FILE: configFile(place, "rabbitmq"),
    RABBITMQ_CONF_ENV_FILE: "/dev/null",
    RABBITMQ_ENABLED_PLUGINS_FILE: configFile(place, "enabled_plugins"),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
  };
  const mapper = ["-address", "127.0.0.1", "-port", `${port(place, "epmd")}`];
  return [
    { name: "epmd", command: "epmd", args: mapper, ready: { kind: "tcp", port: port(place, "epmd") } },
    {
      name: "rabbitmq",
      command: "/usr/lib/rabbitmq/bin/rabbitmq-server",
      args: [],
      env,
      ready: { kind: "tcp", port: port(place, "rabbit") },
    },
  ];
}

export function keystone(place: Place): Service {
  const env = { OS_KEYSTONE_CONFIG_FILES: configFile(place, "keystone.conf") };
  return wsgi(place, "keystone", "/usr/bin/keystone-wsgi-public", env, { processes: 2, threads: 4 });
}

/** What needs accounts in Keystone only when it is asked. */
export function interfaces(place: Place): Service[] {
  const etc = join(place.dir, "etc");
  const neutron = ["neutron.conf", "ml2.ini"].flatMap((name) => ["--config-file", configFile(place, name)]);
  return [
    wsgi(place, "glance", "/usr/bin/glance-wsgi-api", { OS_GLANCE_CONFIG_DIR: etc }, { processes: 1, threads: 4 }),
    wsgi(place, "placement", "/usr/bin/placement-api", { OS_PLACEMENT_CONFIG_DIR: etc }, { processes: 2, threads: 1 }),
    {
      name: "neutron",
      command: "/usr/bin/python3",
      args: [configFile(place, "neutron-server.py"), ...neutron],
      ready: { kind: "http", url: url(place, "neutron") },
    },
    novaApi(place),
  ];
}

/** Nova's API. It is no code for threads: one request at a time in each process. */
export function novaApi(place: Place): Service {
  const env = { OS_NOVA_CONFIG_DIR: join(place.dir, "etc", "nova") };
  // Its Content-Length is wrong now and then; Debian's own configuration drops the header too.
  return wsgi(place, "nova", "/usr/bin/nova-api-wsgi", env, { processes: 4, threads: 1 }, [
    "--rem-header",
    "Content-Length",
  ]);
}

/** What ends at once when Keystone does not know it. */
export function workers(place: Place): Service[] {
  const nova = ["--config-file", configFile(place, "nova.conf")];
  const both: Service[] = [
    { name: "nova-conductor", command: "nova-conductor", args: nova },
    { name: "nova-scheduler", command: "nova-scheduler", args: nova },
    { name: "nova-compute", command: "nova-compute", args: nova },
    agent(place, "linuxbridge", "neutron-linuxbridge-agent"),
  ];
  if (place.variant === "light") return both;
  const env = { OS_NOVA_CONFIG_DIR: join(place.dir, "etc", "nova") };
  return [
    ...both,
    wsgi(place, "metadata", "/usr/bin/nova-metadata-wsgi", env, { processes: 1, threads: 1 }),
    agent(place, "metadata", "neutron-metadata-agent"),
    agent(place, "dhcp", "neutron-dhcp-agent"),
  ];
}

/** Libvirt's daemons; none where the machine runs its own already. */
export function libvirt(place: Place): Service[] {
  return [
    {
      name: "virtlogd",
      command: "virtlogd",
      args: [],
      ready: { kind: "program", program: "test", args: ["-S", "/run/libvirt/virtlogd-sock"] },
    },
    {
      name: "libvirtd",
      command: "libvirtd",
      args: [...["--config", configFile(place, "libvirtd.conf"), "--pid-file", join(place.dir, "run", "libvirtd.pid")]],
      ready: LIBVIRT_ANSWERS,
    },
  ];
}

export const LIBVIRT_ANSWERS = {
  kind: "program",
  program: "virsh",
  args: ["-c", "qemu:///system", "version"],
} as const satisfies Ready;

function agent(place: Place, kind: string, command: string): Service {
  const files = ["neutron.conf", `${kind}.ini`].flatMap((name) => ["--config-file", configFile(place, name)]);
  return { name: `neutron-${kind}`, command, args: files };
}

interface Size {
  readonly processes: number;
  readonly threads: number;
}

function wsgi(
  place: Place,
  name: Listener,
  script: string,
  env: NodeJS.ProcessEnv,
  { processes, threads }: Size,
  more: readonly string[] = [],
): Service {
  return {
    name,
    command: "uwsgi_python3",
    env,
    args: [
      ...["--http-socket", `127.0.0.1:${port(place, name)}`, "--wsgi-file", script],
      ...["--processes", `${processes}`, "--threads", `${threads}`, "--listen", "100", "--buffer-size", "65535"],
      ...[
        "--master",
        "--lazy-apps",
        "--need-app",
        "--enable-threads",
        "--thunder-lock",
        "--die-on-term",
        "--no-orphans",
      ],
      // Its socket serves one request a connection.
      ...["--add-header", "Connection: close", ...more],
    ],
    ready: { kind: "http", url: url(place, name) },
  };
}
