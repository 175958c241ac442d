// SPDX-License-Identifier: Apache-2.0

/** Software that the cloud names, and what is publicly known of it. */
export interface Known {
  /** As the cloud has it: Nova's `hypervisor_type`, a Neutron agent's `binary`. */
  readonly reported: string;
  readonly name: string;
  /** SPDX. */
  readonly licence: string;
  readonly source: string;
  /** The tag of a version, where the cloud tells which one runs. */
  readonly tagOf?: (version: string) => string;
}

/** https://docs.openstack.org/nova/latest/user/support-matrix.html; a KVM host reports QEMU. */
export const HYPERVISORS: readonly Known[] = [
  {
    reported: "QEMU",
    name: "QEMU",
    licence: "GPL-2.0-only",
    source: "https://gitlab.com/qemu-project/qemu",
    tagOf: (version) => `v${version}`,
  },
  {
    reported: "Xen",
    name: "Xen",
    licence: "GPL-2.0-only",
    source: "https://xenbits.xen.org/git-http/xen.git",
    tagOf: (version) => `RELEASE-${version}`,
  },
];

/** The agents that carry instances' traffic; others (DHCP, routers, metadata) serve it. */
export const NETWORKS: readonly Known[] = [
  {
    reported: "neutron-openvswitch-agent",
    name: "Open vSwitch",
    licence: "Apache-2.0",
    source: "https://github.com/openvswitch/ovs",
  },
  { reported: "ovn-controller", name: "OVN", licence: "Apache-2.0", source: "https://github.com/ovn-org/ovn" },
  {
    reported: "neutron-linuxbridge-agent",
    name: "Neutron Linux bridge",
    licence: "Apache-2.0",
    source: "https://opendev.org/openstack/neutron",
  },
];

/** Agents beside the traffic. */
export const HELPERS: ReadonlySet<string> = new Set([
  "neutron-dhcp-agent",
  "neutron-l3-agent",
  "neutron-metadata-agent",
  "neutron-ovn-metadata-agent",
  "neutron-ovn-agent",
  "neutron-metering-agent",
  "neutron-sriov-nic-agent",
]);

/** Closed software by the words in its name, whatever licence is claimed for it. */
const CLOSED =
  /vmware|vcenter|esxi?\b|vsphere|vsan|\bnsx|hyper-?v\b|powervm|phyp|z\/?vm\b|nutanix|\bahv\b|cisco|\baci\b|nuage|arista|netapp|ontap|pure ?storage|powermax|powerflex|3par|solidfire/i;

export function isClosed(name: string): boolean {
  return CLOSED.test(name);
}
