// SPDX-License-Identifier: Apache-2.0
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configFile, databaseUrl } from "./configure.ts";
import { logFile } from "./daemon.ts";
import { type Place, REGION, url } from "./place.ts";
import { runProgram } from "./program.ts";
import { socketOf } from "./services.ts";

const DATABASES = ["keystone", "glance", "placement", "nova_api", "nova", "nova_cell0", "neutron"];

/** Makes MariaDB's own files, once. */
export async function prepareMariadb(place: Place): Promise<void> {
  const data = join(place.dir, "mysql");
  if (await exists(join(data, "mysql"))) return;
  await runProgram("install", ["-d", "-o", "mysql", "-g", "mysql", "-m", "755", data]);
  const options = ["--no-defaults", "--user=mysql", `--datadir=${data}`, "--skip-test-db"];
  await runProgram("mariadb-install-db", [...options, "--auth-root-authentication-method=socket"], {
    logFile: logFile(place.dir, "schemas"),
  });
}

/** Makes every service's database with its tables, all at once, and Keystone's first account; once. */
export async function makeSchemas(place: Place): Promise<void> {
  const done = join(place.dir, "schemas-made");
  if (await exists(done)) return;
  const statements = [
    `CREATE USER IF NOT EXISTS openstack@localhost IDENTIFIED BY '${place.secrets.database}'`,
    ...DATABASES.flatMap((name) => [
      `CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8`,
      `GRANT ALL ON ${name}.* TO openstack@localhost`,
    ]),
  ];
  const client = ["--no-defaults", `--socket=${socketOf(place)}`, "-u", "root"];
  await runProgram("mariadb", client, { input: `${statements.join(";\n")};\n` });
  const tool = (name: string, file: string) => (args: readonly string[]) =>
    runProgram(name, ["--config-file", configFile(place, file), ...args], { logFile: logFile(place.dir, "schemas") });
  const ml2 = ["--config-file", configFile(place, "ml2.ini")];
  await Promise.all([
    keystone(place, tool("keystone-manage", "keystone.conf")),
    tool("glance-manage", "glance-api.conf")(["db_sync"]),
    tool("placement-manage", "placement.conf")(["db", "sync"]),
    nova(place, tool("nova-manage", "nova.conf")),
    tool("neutron-db-manage", "neutron.conf")([...ml2, "upgrade", "heads"]),
  ]);
  await writeFile(done, "");
}

type Tool = (args: readonly string[]) => Promise<string>;

async function keystone(place: Place, manage: Tool): Promise<void> {
  await manage(["db_sync"]);
  const root = ["--keystone-user", "root", "--keystone-group", "root"];
  for (const keys of ["fernet", "credential"]) {
    await mkdir(join(place.dir, "keystone", `${keys}-keys`), { recursive: true, mode: 0o700 });
    await manage([`${keys}_setup`, ...root]);
  }
  const at = `${url(place, "keystone")}/v3`;
  const urls = ["admin", "internal", "public"].flatMap((kind) => [`--bootstrap-${kind}-url`, at]);
  const account = ["--bootstrap-password", place.secrets.admin, "--bootstrap-region-id", REGION];
  await manage(["bootstrap", ...account, ...urls]);
}

async function nova(place: Place, manage: Tool): Promise<void> {
  await manage(["api_db", "sync"]);
  await manage(["cell_v2", "map_cell0", "--database_connection", databaseUrl(place, "nova_cell0")]);
  const cells = await manage(["cell_v2", "list_cells"]);
  if (!cells.includes(" cell1 ")) await manage(["cell_v2", "create_cell", "--name", "cell1"]);
  await manage(["db", "sync"]);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
