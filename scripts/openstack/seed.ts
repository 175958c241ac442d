// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../../offchain/core/clock.ts";
import { readJson, writeFileAtomic } from "../../offchain/core/files.ts";
import { type Account, type Api, accounts, logIn } from "./api.ts";
import { configFile } from "./configure.ts";
import { logFile } from "./daemon.ts";
import { credentialFile, type Listener, type Place, PROJECT, REGION, url } from "./place.ts";
import { runProgram } from "./program.ts";

const named = z.object({ id: z.string(), name: z.string() });
type Named = z.output<typeof named>;
const nothing = z.unknown();

/** Flavors: the last two fit no host, and no quota, as tests want. */
const FLAVORS = [
  { name: "m1.tiny", vcpus: 1, ram: 128, disk: 1 },
  { name: "m1.small", vcpus: 1, ram: 256, disk: 2 },
  { name: "m1.huge", vcpus: 150, ram: 150_000, disk: 900_000 },
  { name: "m1.vast", vcpus: 5_000, ram: 128, disk: 1 },
];
const IMAGE = {
  name: "tiny",
  disk_format: "qcow2",
  container_format: "bare",
  visibility: "public",
  min_disk: 1,
  min_ram: 64,
  hw_disk_bus: "virtio",
  hw_vif_model: "virtio",
  hw_cdrom_bus: "ide",
};

/** Tells Keystone which services there are, and makes them accounts. */
export async function seedIdentity(place: Place): Promise<void> {
  const admin = await logIn(place, accounts(place).admin);
  const project = await ensure(admin, "projects", "service");
  const roles = await Promise.all(["admin", "service"].map((name) => ensure(admin, "roles", name)));
  for (const name of ["glance", "placement", "nova", "neutron"]) {
    const user = await ensure(admin, "users", name, { password: place.secrets.service });
    for (const role of roles) await grant(admin, project, user, role);
  }
  const catalogue: readonly [type: string, listener: Listener, root: string][] = [
    ["image", "glance", ""],
    ["placement", "placement", ""],
    ["compute", "nova", "/v2.1"],
    ["network", "neutron", ""],
  ];
  for (const [type, listener, root] of catalogue) await offer(admin, type, listener, url(place, listener) + root);
}

/** Makes what a provider has: a project with a user, an application credential, flavors, an image, networks. */
export async function seedResources(place: Place): Promise<void> {
  const admin = await logIn(place, accounts(place).admin);
  const account = accounts(place).provider;
  const project = await ensure(admin, "projects", PROJECT);
  const user = await ensure(admin, "users", account.user, { password: account.password });
  for (const name of ["member", "reader"]) {
    await grant(admin, project, user, await ensure(admin, "roles", name));
  }
  await ensureCredential(place, account);
  await ensureFlavors(admin);
  await ensureImage(admin, join(place.dir, "image", "tiny.qcow2"));
  await ensureNetworks(admin, await logIn(place, account));
}

const servicesSchema = z.object({ services: z.array(z.object({ binary: z.string(), state: z.string() })) });
const agentsSchema = z.object({ agents: z.array(z.object({ alive: z.boolean() })) });
const hypervisorsSchema = z.object({ hypervisors: z.array(z.unknown()) });

/** Waits until servers can be placed: the compute service and Neutron's agents report, and the host is mapped to its cell. */
export async function waitForHost(place: Place, clock: Clock, timeoutMs: number): Promise<void> {
  const admin = await logIn(place, accounts(place).admin);
  const agents = place.variant === "light" ? 1 : 3;
  const isUp = async () => {
    const { services } = await admin.get("nova", "/os-services?binary=nova-compute", servicesSchema);
    const all = (await admin.get("neutron", "/agents", agentsSchema)).agents;
    return services.some(({ state }) => state === "up") && all.filter(({ alive }) => alive).length >= agents;
  };
  const isKnown = async () => {
    return (await admin.get("nova", "/os-hypervisors", hypervisorsSchema)).hypervisors.length > 0;
  };
  const end = clock.now() + timeoutMs;
  for (const [what, is] of [
    ["compute service and agents", isUp],
    ["hypervisor", isKnown],
  ] as const) {
    if (is === isKnown) {
      const manage = ["--config-file", configFile(place, "nova.conf"), "cell_v2", "discover_hosts"];
      await runProgram("nova-manage", manage, { logFile: logFile(place.dir, "schemas") });
    }
    while (!(await is())) {
      if (clock.now() > end) throw new Error(`no ${what} after ${timeoutMs / 1000} s`);
      await clock.sleep(500);
    }
  }
}

/** Something of Keystone's by its name, made if it is not there. */
async function ensure(api: Api, kind: "projects" | "roles" | "users", name: string, more: object = {}): Promise<Named> {
  const found = await api.get("keystone", `/${kind}?name=${name}`, z.looseObject({ [kind]: z.array(named) }));
  const one = kind.slice(0, -1);
  const [known] = found[kind] as Named[];
  if (known !== undefined) return known;
  const domain = kind === "roles" ? {} : { domain_id: "default" };
  const made = await api.send(
    "POST",
    "keystone",
    `/${kind}`,
    { [one]: { name, ...domain, ...more } },
    z.looseObject({}),
  );
  return named.parse(made[one]);
}

function grant(admin: Api, project: Named, user: Named, role: Named): Promise<unknown> {
  const path = `/projects/${project.id}/users/${user.id}/roles/${role.id}`;
  return admin.send("PUT", "keystone", path, undefined, nothing);
}

async function offer(admin: Api, type: string, name: string, at: string): Promise<void> {
  const { services } = await admin.get("keystone", `/services?type=${type}`, z.object({ services: z.array(named) }));
  const make = async () => {
    const reply = z.object({ service: named });
    return (await admin.send("POST", "keystone", "/services", { service: { type, name } }, reply)).service;
  };
  const { id } = services[0] ?? (await make());
  const known = z.object({ endpoints: z.array(z.object({ id: z.string() })) });
  if ((await admin.get("keystone", `/endpoints?service_id=${id}`, known)).endpoints.length > 0) return;
  const endpoint = { service_id: id, interface: "public", url: at, region_id: REGION };
  await admin.send("POST", "keystone", "/endpoints", { endpoint }, nothing);
}

const credentialSchema = z.object({ application_credential: z.object({ id: z.string(), secret: z.string() }) });

/** The appliance's application credential. Its secret is told once: it lies in a file, and is made anew when that is gone. */
async function ensureCredential(place: Place, account: Account): Promise<void> {
  const file = credentialFile(place.dir);
  if ((await readJson(file, z.looseObject({}))) !== undefined) return;
  const provider = await logIn(place, account);
  const path = `/users/${provider.userId}/application_credentials`;
  const old = await provider.get("keystone", path, z.object({ application_credentials: z.array(named) }));
  for (const { id } of old.application_credentials) {
    await provider.send("DELETE", "keystone", `${path}/${id}`, undefined, nothing);
  }
  const body = { application_credential: { name: "va", roles: [{ name: "member" }] } };
  const made = await provider.send("POST", "keystone", path, body, credentialSchema);
  const content = {
    auth_url: `${url(place, "keystone")}/v3`,
    region_name: REGION,
    project_id: provider.projectId,
    application_credential_id: made.application_credential.id,
    application_credential_secret: made.application_credential.secret,
  };
  await writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`);
}

async function ensureFlavors(admin: Api): Promise<void> {
  const { flavors } = await admin.get("nova", "/flavors", z.object({ flavors: z.array(named) }));
  for (const flavor of FLAVORS) {
    if (flavors.some(({ name }) => name === flavor.name)) continue;
    await admin.send("POST", "nova", "/flavors", { flavor }, nothing);
  }
}

const imageSchema = z.object({ id: z.string(), status: z.string() });

async function ensureImage(admin: Api, file: string): Promise<void> {
  const { images } = await admin.get(
    "glance",
    `/images?name=${IMAGE.name}`,
    z.object({ images: z.array(imageSchema) }),
  );
  if (images.some(({ status }) => status === "active")) return;
  for (const { id } of images) await admin.send("DELETE", "glance", `/images/${id}`, undefined, nothing);
  const { id } = await admin.send("POST", "glance", "/images", IMAGE, imageSchema);
  await admin.send("PUT", "glance", `/images/${id}/file`, { file }, nothing);
}

/** A network of the project's own; and a public one with a router between them, for floating IPs. */
async function ensureNetworks(admin: Api, provider: Api): Promise<void> {
  const mine = await ensureNetwork(provider, { name: "xov-net" }, { cidr: "10.77.0.0/22" });
  const outside = { cidr: "203.0.113.0/24", enable_dhcp: false };
  const network = await ensureNetwork(admin, { name: "public", "router:external": true }, outside);
  const { routers } = await provider.get("neutron", "/routers?name=xov-router", z.object({ routers: z.array(named) }));
  if (routers.length > 0) return;
  const router = { name: "xov-router", external_gateway_info: { network_id: network.id } };
  const made = await provider.send("POST", "neutron", "/routers", { router }, z.object({ router: named }));
  const path = `/routers/${made.router.id}/add_router_interface`;
  await provider.send("PUT", "neutron", path, { subnet_id: mine.subnet }, nothing);
}

async function ensureNetwork(
  api: Api,
  network: { name: string; "router:external"?: boolean },
  subnet: { cidr: string; enable_dhcp?: boolean },
) {
  const query = `/networks?name=${network.name}`;
  const { networks } = await api.get("neutron", query, z.object({ networks: z.array(named) }));
  const make = async () => {
    return (await api.send("POST", "neutron", "/networks", { network }, z.object({ network: named }))).network;
  };
  const { id } = networks[0] ?? (await make());
  const { subnets } = await api.get("neutron", `/subnets?network_id=${id}`, z.object({ subnets: z.array(named) }));
  const makeSubnet = async () => {
    const body = { subnet: { name: `${network.name}-v4`, network_id: id, ip_version: 4, ...subnet } };
    return (await api.send("POST", "neutron", "/subnets", body, z.object({ subnet: named }))).subnet;
  };
  return { id, subnet: (subnets[0] ?? (await makeSubnet())).id };
}
