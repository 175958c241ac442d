// SPDX-License-Identifier: Apache-2.0
import type { FlavorConfig } from "../devcloud/index.ts";

const XOV = 10n ** 18n;

/** A size that the local network's providers sell: a class, and the flavor of the same name in their clouds. */
interface Size {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
}

const SIZES = {
  nano: { name: "x1.nano", vcpus: 1, memoryMiB: 1_024, diskGiB: 10 },
  small: { name: "x1.small", vcpus: 2, memoryMiB: 4_096, diskGiB: 40 },
  medium: { name: "x1.medium", vcpus: 4, memoryMiB: 16_384, diskGiB: 80 },
  large: { name: "x1.large", vcpus: 8, memoryMiB: 32_768, diskGiB: 160 },
} as const satisfies Record<string, Size>;

/** The flavors of every development cloud of the local network. */
export const FLAVORS: readonly FlavorConfig[] = Object.values(SIZES).map(({ name, vcpus, memoryMiB, diskGiB }) => {
  return { name, vcpus, ram: memoryMiB, disk: diskGiB };
});

const IMAGES = {
  debian: { name: "debian-12", user: "debian" },
  ubuntu: { name: "ubuntu-24.04", user: "ubuntu" },
  fedora: { name: "fedora-41", user: "fedora" },
  alma: { name: "almalinux-9", user: "almalinux" },
} as const;

/** One provider of the local network. */
export interface Seller {
  readonly region: string;
  readonly images: readonly { readonly name: string; readonly user: string }[];
  /** Satoshi an hour by size; nodes relay no payment below 330. */
  readonly prices: Partial<Record<keyof typeof SIZES, number>>;
  readonly confirmations: number;
}

export const SELLERS: readonly Seller[] = [
  {
    region: "Zurich, CH",
    images: [IMAGES.debian, IMAGES.ubuntu],
    prices: { nano: 480, small: 1_240, medium: 3_520 },
    confirmations: 1,
  },
  {
    region: "Helsinki, FI",
    images: [IMAGES.debian, IMAGES.fedora, IMAGES.alma],
    prices: { nano: 390, small: 960, medium: 2_840, large: 5_560 },
    confirmations: 2,
  },
  {
    region: "Dallas, US",
    images: [IMAGES.ubuntu, IMAGES.alma],
    prices: { small: 1_080, large: 5_000 },
    confirmations: 3,
  },
];

const MAXIMUM = 12;
const PREPAID_HOURS = 72;

/** The offers file of a seller's VA; see `va/offers.ts`. */
export function offersOf({ images, prices, confirmations }: Seller) {
  const sizes = Object.keys(prices) as (keyof typeof SIZES)[];
  return {
    network: "xov-net",
    images,
    offers: sizes.map((size) => {
      const { name, ...spec } = SIZES[size];
      return {
        class: { ...spec, architecture: "x86_64" },
        flavor: name,
        price: priceCode(prices[size] ?? 0),
        maximum: MAXIMUM,
        prepaidHours: PREPAID_HOURS,
        confirmations,
        bond: `${XOV}`,
      };
    }),
  };
}

/** The price code of so many satoshi an hour; see PriceCode.sol. Exact for up to four significant digits. */
function priceCode(sats: number): number {
  const digits = `${sats * 1_000}`;
  return 9_000 * (digits.length - 4) + Number(digits.slice(0, 4)) - 1_000;
}
