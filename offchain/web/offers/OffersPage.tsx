// SPDX-License-Identifier: Apache-2.0
import { navigate, useSearch } from "../router/navigation.ts";
import { Copy } from "../ui/Copy.tsx";
import { LiveStatus } from "../ui/LiveStatus.tsx";
import { PageHead } from "../ui/PageHead.tsx";
import { Trouble } from "../ui/Trouble.tsx";
import { Waiting } from "../ui/Waiting.tsx";
import { FilterBar } from "./FilterBar.tsx";
import {
  filterCount,
  filterFromSearch,
  filterToSearch,
  NO_FILTER,
  type OfferFilter,
  type OfferSort,
} from "./filter.ts";
import { OfferRow } from "./OfferRow.tsx";
import { type OffersView, useOffers } from "./useOffers.ts";

const SORTS: readonly (readonly [OfferSort, string])[] = [
  ["price", "Lowest price"],
  ["unit-price", "Lowest price for its size"],
  ["-vcpus", "Most vCPUs"],
  ["-memory", "Most memory"],
  ["-disk", "Most disk"],
  ["newest", "Newest"],
];

/** What is for rent. The filter lives in the page's link. */
export function OffersPage() {
  const filter = filterFromSearch(useSearch());
  const offers = useOffers(filter);
  const change = (part: Partial<OfferFilter>) => {
    navigate(`/${filterToSearch({ ...filter, ...part })}`, { replace: true });
  };
  const clear = () => change({ ...NO_FILTER, sort: filter.sort });
  return (
    <>
      <PageHead title="Servers for bitcoin" beside={<LiveStatus mode={offers.mode} />}>
        <p className="lead">
          Choose one, paste an SSH key, pay to an address. Billed by the second, no account, and nobody in the middle.
        </p>
      </PageHead>
      <FilterBar filter={filter} choices={offers.data?.choices} onChange={change} />
      <div className="offers-bar">
        <p aria-live="polite" className="muted">
          {offers.data !== undefined && `${offers.data.total} offer${offers.data.total === 1 ? "" : "s"}`}
        </p>
        <Copy text={`${location.origin}/${filterToSearch(filter)}`} label="Copy link to this selection" />
        {filterCount(filter) > 0 && (
          <button type="button" className="button quiet small" onClick={clear}>
            Clear filter
          </button>
        )}
        <label className="offers-sort">
          <span>Sort by</span>
          <select value={filter.sort} onChange={({ target }) => change({ sort: target.value as OfferSort })}>
            {SORTS.map(([sort, text]) => (
              <option key={sort} value={sort}>
                {text}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Results offers={offers} filter={filter} clear={clear} />
    </>
  );
}

function Results({ offers, filter, clear }: { offers: OffersView; filter: OfferFilter; clear: () => void }) {
  const { data, error, reload, more } = offers;
  if (data === undefined) {
    if (error === undefined) return <Waiting>Loading offers</Waiting>;
    return <Trouble what="The offers could not be loaded." error={error} again={reload} />;
  }
  if (data.offers.length === 0) {
    const asked = filterCount(filter) > 0;
    return (
      <div className="empty">
        <p>
          {asked ? "No offer has all of that." : "Nothing is for rent at the moment. Offers appear here by themselves."}
        </p>
        {asked && (
          <button type="button" className="button" onClick={clear}>
            Show all offers
          </button>
        )}
      </div>
    );
  }
  return (
    <>
      <ul className="offers">
        {data.offers.map((offer) => (
          <OfferRow key={offer.order} offer={offer} image={filter.image} />
        ))}
      </ul>
      {more !== undefined && (
        <button type="button" className="button more" onClick={more}>
          Show more
        </button>
      )}
    </>
  );
}
