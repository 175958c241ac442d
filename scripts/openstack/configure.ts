// SPDX-License-Identifier: Apache-2.0
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HOST, type Listener, type Place, port, REGION, url } from "./place.ts";

const TEMPLATES = fileURLToPath(new URL("etc", import.meta.url));
/** Directories that the services expect to find. */
const FOLDERS = [
  ...["etc/nova", "rabbitmq", "nova/instances", "nova/lock", "nova/keys", "neutron/lock"],
  ...["keystone", "glance/images", "glance/staging", "glance/tasks", "glance/lock"],
];

/** Where a configuration file lies once {@link configure} has written it. Nova reads its own from a folder of them. */
export function configFile({ dir }: Place, name: string): string {
  return name === "nova.conf" ? join(dir, "etc", "nova", name) : join(dir, "etc", name);
}

/** Writes every configuration file from its template in `etc`; secrets are in them. */
export async function configure(place: Place): Promise<void> {
  for (const folder of FOLDERS) await mkdir(join(place.dir, folder), { recursive: true });
  for (const name of await readdir(TEMPLATES)) {
    const template = await readFile(join(TEMPLATES, name), "utf8");
    await writeFile(configFile(place, name), fill(template, place, name), { mode: 0o600 });
  }
  // These two are looked for beside the rest.
  await copyFile("/etc/glance/glance-api-paste.ini", configFile(place, "glance-api-paste.ini"));
  await copyFile("/etc/nova/api-paste.ini", configFile(place, "nova/api-paste.ini"));
  await writeFile(configFile(place, "enabled_plugins"), "[].\n");
}

/** The URL of a database, for SQLAlchemy. */
export function databaseUrl({ dir, secrets }: Place, name: string): string {
  const socket = join(dir, "mysql", "socket");
  return `mysql+pymysql://openstack:${secrets.database}@localhost/${name}?unix_socket=${socket}&charset=utf8`;
}

/** Replaces `${name}` and `${kind:name}`. */
function fill(template: string, place: Place, file: string): string {
  return template.replace(/\$\{(\w+)(?::(\w+))?\}/g, (all, kind: string, name: string | undefined) => {
    const value = name === undefined ? plain(place)[kind] : named(place, kind, name);
    if (value === undefined) throw new Error(`${file}: nothing is known by the name ${all}`);
    return value;
  });
}

function plain(place: Place): Readonly<Record<string, string>> {
  const { dir, secrets, variant } = place;
  return {
    dir,
    etc: join(dir, "etc"),
    host: HOST,
    computeDriver: variant === "light" ? "fake.FakeDriver" : "libvirt.LibvirtDriver",
    metadataSecret: secrets.metadata,
    rabbitPassword: secrets.rabbit,
    queue: `rabbit://openstack:${secrets.rabbit}@127.0.0.1:${port(place, "rabbit")}/`,
  };
}

function named(place: Place, kind: string, name: string): string | undefined {
  switch (kind) {
    case "database":
      return databaseUrl(place, name);
    case "account":
      return accountSection(place, name);
    case "port":
      return String(port(place, name as Listener));
    case "url":
      return url(place, name as Listener);
    default:
      return undefined;
  }
}

/** How a service logs in, and checks who asks it (keystonemiddleware and keystoneauth share the words). */
function accountSection(place: Place, user: string): string {
  return [
    `www_authenticate_uri = ${url(place, "keystone")}`,
    `auth_url = ${url(place, "keystone")}`,
    "auth_type = password",
    "project_name = service",
    "project_domain_name = Default",
    "user_domain_name = Default",
    `username = ${user}`,
    `password = ${place.secrets.service}`,
    `region_name = ${REGION}`,
  ].join("\n");
}
