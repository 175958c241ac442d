// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { OFFER_SORTS, offersQuerySchema } from "../../../offchain/pool/api.ts";
import {
  filterCount,
  filterFromSearch,
  filterToQuery,
  filterToSearch,
  NO_FILTER,
  type OfferFilter,
} from "../../../offchain/web/offers/filter.ts";

const filters: fc.Arbitrary<OfferFilter> = fc.record({
  image: fc.stringMatching(/^[a-z0-9 .&=#-]{0,40}$/),
  region: fc.stringMatching(/^[a-z0-9-]{0,20}$/),
  vcpus: fc.nat(512),
  memory: fc.nat(4_096),
  disk: fc.nat(100_000),
  price: fc.nat(1_000_000).map((price) => price / 8),
  gpu: fc.constantFrom("", "any", "none", "a100"),
  sort: fc.constantFrom(...OFFER_SORTS.flatMap((sort) => [sort, `-${sort}`] as const)),
});

const anyFilter = fc
  .record({ image: fc.string(), gpu: fc.string(), region: fc.string(), vcpus: fc.double(), memory: fc.double() })
  .map(
    (fields) =>
      `${new URLSearchParams(Object.entries(fields).map(([name, value]): [string, string] => [name, `${value}`]))}`,
  );

describe("web: the filter's link", () => {
  it("is empty when nothing is asked", () => {
    expect(filterToSearch(NO_FILTER)).to.equal("");
    expect(filterFromSearch("")).to.deep.equal(NO_FILTER);
    expect(filterCount(NO_FILTER)).to.equal(0);
  });

  it("gives back any filter", () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(filterFromSearch(filterToSearch(filter))).to.deep.equal(filter);
      }),
    );
  });

  it("asks what the API takes", () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const query = offersQuerySchema.parse(Object.fromEntries(filterToQuery(filter)));
        expect(query.minMemory ?? 0).to.equal(filter.memory * 1024);
        expect(query.minVcpus ?? 0).to.equal(filter.vcpus);
      }),
    );
  });

  it("reads any text without failing, and asks the API for nothing that it refuses", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), anyFilter), (text) => {
        offersQuerySchema.parse(Object.fromEntries(filterToQuery(filterFromSearch(text))));
      }),
    );
    expect(filterFromSearch("?vcpus=-4&price=x&sort=best&memory=-1e999&disk=NaN")).to.deep.equal(NO_FILTER);
  });
});
