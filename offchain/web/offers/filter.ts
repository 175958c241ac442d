// SPDX-License-Identifier: Apache-2.0
import { OFFER_SORTS, type OffersQuery } from "../../pool/api.ts";

/** What a reader asks of the offers. Empty and 0 ask nothing. */
export interface OfferFilter {
  readonly image: string;
  readonly region: string;
  readonly vcpus: number;
  /** GiB. */
  readonly memory: number;
  /** GiB. */
  readonly disk: number;
  /** Satoshi per hour. */
  readonly price: number;
  /** A model, `any`, `none` or empty. */
  readonly gpu: string;
  readonly sort: OfferSort;
}

export type OfferSort = NonNullable<OffersQuery["sort"]>;

export const NO_FILTER: OfferFilter = {
  image: "",
  region: "",
  vcpus: 0,
  memory: 0,
  disk: 0,
  price: 0,
  gpu: "",
  sort: "price",
};

const TEXTS = ["image", "region", "gpu"] as const;
const NUMBERS = ["vcpus", "memory", "disk", "price"] as const;

/** More of anything is asked by nobody, and the API would refuse it. */
const MOST = 1_000_000;

/** The filter as a link keeps it; what asks nothing is left out. Starts with `?` unless empty. */
export function filterToSearch(filter: OfferFilter): string {
  const search = new URLSearchParams();
  for (const name of TEXTS) if (filter[name] !== "") search.set(name, filter[name]);
  for (const name of NUMBERS) if (filter[name] > 0) search.set(name, `${filter[name]}`);
  if (filter.sort !== NO_FILTER.sort) search.set("sort", filter.sort);
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/** The inverse. What cannot be read asks nothing: a link from elsewhere never breaks the page. */
export function filterFromSearch(text: string): OfferFilter {
  const search = new URLSearchParams(text);
  const string = (name: string, most: number) => (search.get(name) ?? "").replace(/\p{Cc}/gu, "").slice(0, most);
  const number = (name: string) => {
    const value = Number(search.get(name) ?? 0);
    return value > 0 ? Math.min(value, MOST) : 0;
  };
  const sort = search.get("sort") ?? "";
  return {
    image: string("image", 255),
    region: string("region", 64),
    gpu: string("gpu", 16),
    vcpus: Math.floor(number("vcpus")),
    memory: number("memory"),
    disk: Math.floor(number("disk")),
    price: number("price"),
    sort: isSort(sort) ? sort : NO_FILTER.sort,
  };
}

/** The filter as the API takes it. */
export function filterToQuery(filter: OfferFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of TEXTS) if (filter[name] !== "") query.set(name, filter[name]);
  if (filter.vcpus > 0) query.set("minVcpus", `${filter.vcpus}`);
  if (filter.memory > 0) query.set("minMemory", `${Math.ceil(filter.memory * 1024)}`);
  if (filter.disk > 0) query.set("minDisk", `${filter.disk}`);
  if (filter.price > 0) query.set("maxPrice", `${filter.price}`);
  query.set("sort", filter.sort);
  return query;
}

/** How many of its fields ask something. */
export function filterCount(filter: OfferFilter): number {
  return TEXTS.filter((name) => filter[name] !== "").length + NUMBERS.filter((name) => filter[name] > 0).length;
}

function isSort(text: string): text is OfferSort {
  return OFFER_SORTS.some((sort) => text === sort || text === `-${sort}`);
}
