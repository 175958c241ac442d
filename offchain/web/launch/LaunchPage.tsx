// SPDX-License-Identifier: Apache-2.0
import { getOffer } from "../api/calls.ts";
import { isNotFound } from "../api/request.ts";
import { sizeOf } from "../format/size.ts";
import { useLive } from "../live/useLive.ts";
import { useLoaded } from "../live/useLoaded.ts";
import { useNetwork } from "../live/useNetwork.ts";
import { useThrottled } from "../live/useThrottled.ts";
import { Link } from "../router/Link.tsx";
import { PageHead } from "../ui/PageHead.tsx";
import { Trouble } from "../ui/Trouble.tsx";
import { Waiting } from "../ui/Waiting.tsx";
import { LaunchForm } from "./LaunchForm.tsx";

const RELOAD_MS = 3_000;

/** From an offer to a lease. */
export function LaunchPage({ order }: { order: string }) {
  const network = useNetwork();
  const offer = useLoaded(order, getOffer);
  const reload = useThrottled(offer.reload, RELOAD_MS);
  useLive("offers=1", { offers: reload, refresh: reload });
  const back = (
    <Link className="back" href="/">
      All offers
    </Link>
  );
  const isGone = isNotFound(offer.error);
  if (isGone && offer.data === undefined) {
    return (
      <>
        {back}
        <PageHead title="This offer is gone">
          <p className="lead">It was sold, withdrawn or has expired. The list shows what is free now.</p>
        </PageHead>
        <Link className="button primary" href="/">
          Show all offers
        </Link>
      </>
    );
  }
  if (offer.data === undefined || network === undefined) {
    return (
      <>
        {back}
        <PageHead title="Launch" />
        {offer.error === undefined ? (
          <Waiting>Loading the offer</Waiting>
        ) : (
          <Trouble what="The offer could not be loaded." error={offer.error} again={offer.reload} />
        )}
      </>
    );
  }
  return (
    <>
      {back}
      <PageHead title={`Launch in ${offer.data.region}`} windowTitle={`Launch ${sizeOf(offer.data.class)}`}>
        <p className="lead">{sizeOf(offer.data.class)}</p>
      </PageHead>
      <LaunchForm offer={offer.data} network={network} isGone={isGone} />
    </>
  );
}
