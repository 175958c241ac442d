// SPDX-License-Identifier: Apache-2.0
import type { ComponentStruct } from "../../typechain-types/licence/Attestations.js";

const LEVEL = { hypervisor: 0, network: 1, storage: 2 } as const;

/** What the clouds of the local network run on, as an appliance attests it; see `Component` in IAttestations.sol. */
export const DEVNET_STACK: ComponentStruct[] = [
  {
    level: LEVEL.hypervisor,
    name: "QEMU",
    version: "8.2.2",
    licence: "GPL-2.0-only",
    source: "https://gitlab.com/qemu-project/qemu",
    commit: "v8.2.2",
  },
  {
    level: LEVEL.network,
    name: "Open vSwitch",
    version: "3.3.0",
    licence: "Apache-2.0",
    source: "https://github.com/openvswitch/ovs",
    commit: "v3.3.0",
  },
  {
    level: LEVEL.storage,
    name: "Ceph",
    version: "19.2.0",
    licence: "LGPL-2.1-only OR LGPL-3.0-only",
    source: "https://github.com/ceph/ceph",
    commit: "v19.2.0",
  },
];
