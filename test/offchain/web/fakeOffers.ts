// SPDX-License-Identifier: Apache-2.0
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { type Hex, keccak256 } from "viem";
import { sealKeyOfRecipient } from "../../../offchain/lease/sealing.ts";
import { HOURS_PER_MONTH, type Offer } from "../../../offchain/pool/api.ts";

/** What an appliance of the fake can do: open launch specs. */
export interface FakeAppliance {
  readonly id: number;
  readonly identity: string;
  readonly sealKey: Offer["sealKey"];
}

export async function fakeAppliance(id: number): Promise<FakeAppliance> {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  return { id, identity, sealKey: { recipient, hash: keccak256(sealKeyOfRecipient(recipient)) } };
}

// x of G, 2G and 3G of secp256k1.
const KEYS = [
  "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
  "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
  "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
];
const REGIONS = ["eu-helsinki", "eu-zurich", "us-oregon"];
const IMAGES = [["debian-12", "debian-13", "ubuntu-24.04"], ["debian-12", "fedora-43"], []];

/** vCPUs, GiB of memory, GiB of disk, GPUs, hundredths of a satoshi per hour, appliance, left, asked, made. */
const ROWS: readonly (readonly [number, number, number, number, number, number, number, number, number])[] = [
  [1, 1, 20, 0, 11_500, 0, 24, 112, 112],
  [2, 4, 40, 0, 32_000, 0, 12, 87, 86],
  [2, 4, 40, 0, 29_870, 1, 3, 19, 16],
  [4, 8, 80, 0, 64_000, 0, 8, 40, 40],
  [8, 16, 160, 0, 121_400, 1, 2, 6, 6],
  [4, 16, 80, 0, 88_000, 2, 5, 0, 0],
  [16, 64, 320, 0, 402_000, 2, 1, 0, 0],
  [16, 128, 1024, 1, 2_640_000, 1, 1, 3, 3],
];

/** Eight offers of three appliances in as many places; the fourth asks a fee for the start. */
export function fakeOffers(appliances: readonly FakeAppliance[], time: number): Offer[] {
  return ROWS.map(([vcpus, gib, disk, gpus, msat, at, quantity, asked, made], index) => ({
    order: `${index + 1}`,
    appliance: at + 1,
    provider: `0x${`${at + 3}a7c51f0e2b8d964`.repeat(3).slice(0, 40)}`,
    region: REGIONS[at] ?? "",
    class: {
      id: `0x${`${index + 1}`.padStart(64, "0")}` as Hex,
      vcpus,
      memoryMiB: gib * 1024,
      diskGiB: disk,
      gpus,
      gpuModel: gpus === 0 ? null : "l40s",
      architecture: at === 2 ? "aarch64" : "x86_64",
    },
    computeUnits: vcpus + gib / 4,
    price: fakePrice(10n * BigInt(msat)),
    confirmations: at === 1 ? 1 : 3,
    prepaidHours: at === 2 ? 48 : 168,
    bond: "1000000000000000000",
    startFeeMsat: index === 3 ? "1500500" : "0",
    quantity,
    reservable: index === 4 ? 0 : quantity,
    expiry: time + 86_400,
    images: IMAGES[at] ?? [],
    sealKey: (appliances[at] as FakeAppliance).sealKey,
    bitcoinKey: `0x${KEYS[at]}`,
    graceSeconds: 86_400,
    lastBeat: time - 300,
    attestedUntil: time + 20 * 86_400,
    standing: at === 2 ? null : fakeStanding(at),
    record: { asked, made, declined: asked - made, missed: 0, meanStartSeconds: asked === 0 ? null : 38 + 7 * at },
  }));
}

/** The second provider has lost a claim, and delivered less than it promised; of the third the chain has not said. */
function fakeStanding(at: number): Offer["standing"] {
  const [promised, delivered] = at === 0 ? [1_234.5, 1_234.5] : [200, 150];
  return { record: { asked: 240, made: 238 - 20 * at, promised, delivered, upheld: at }, staked: `9${"0".repeat(22)}` };
}

function fakePrice(msat: bigint): Offer["price"] {
  const fraction = `${msat % 1000n}`.padStart(3, "0").replace(/0+$/, "");
  return {
    msatPerHour: `${msat}`,
    satsPerHour: `${msat / 1000n}${fraction === "" ? "" : `.${fraction}`}`,
    satsPerMonth: `${(msat * BigInt(HOURS_PER_MONTH) + 999n) / 1000n}`,
  };
}
