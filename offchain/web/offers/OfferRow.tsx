// SPDX-License-Identifier: Apache-2.0
import type { Offer } from "../../pool/api.ts";
import { grouped } from "../format/amount.ts";
import { diskOf, gpusOf, memoryOf, sizeOf } from "../format/size.ts";
import { Link } from "../router/Link.tsx";
import { Attested, ProviderRecord } from "./ProviderRecord.tsx";
import { StartRecord } from "./StartRecord.tsx";

/** One offer: what it is, where, at what price, and whether it can be had now. */
export function OfferRow({ offer, image }: { offer: Offer; image: string }) {
  const { class: spec, price } = offer;
  const gpus = gpusOf(spec);
  const search = image === "" ? "" : `?${new URLSearchParams({ image })}`;
  return (
    <li className="offer">
      <div className="offer-size">
        <h2>
          <span className="number">{spec.vcpus}</span> vCPU <i>·</i>{" "}
          <span className="number">{memoryOf(spec.memoryMiB)}</span>
        </h2>
        <p className="muted">
          <span className="number">{diskOf(spec.diskGiB)}</span> disk
          {gpus !== "" && <> · {gpus}</>} · {spec.architecture}
        </p>
      </div>
      <div className="offer-place">
        <p>{offer.region}</p>
        <p className="muted" title={`Provider ${offer.provider}, appliance ${offer.appliance}`}>
          {offer.provider.slice(0, 6)}…{offer.provider.slice(-4)}
        </p>
        <p className="muted">
          <Attested offer={offer} />
        </p>
      </div>
      <div className="offer-record">
        <p>
          <StartRecord record={offer.record} />
        </p>
        <p className="muted">
          <ProviderRecord standing={offer.standing} />
        </p>
        <p className="muted">
          {offer.reservable > 0 ? `${offer.quantity} free` : "All reserved just now"} · {offer.confirmations}{" "}
          confirmation{offer.confirmations === 1 ? "" : "s"}
        </p>
      </div>
      <div className="offer-price">
        <p>
          <span className="number strong">{grouped(price.satsPerHour)}</span> <span className="unit">sats/h</span>
        </p>
        <p className="muted">
          <span className="number">{grouped(price.satsPerMonth)}</span> <span className="unit">a month</span>
        </p>
      </div>
      <Link
        className={offer.reservable > 0 ? "button primary" : "button"}
        href={`/launch/${offer.order}${search}`}
        aria-label={`Launch ${sizeOf(spec)} in ${offer.region}`}
      >
        Launch
      </Link>
    </li>
  );
}
