// SPDX-License-Identifier: Apache-2.0
import { grouped, satsUp } from "../format/amount.ts";
import { inWords } from "../format/duration.ts";
import { diskOf, gpusOf, memoryOf } from "../format/size.ts";
import { Copy } from "../ui/Copy.tsx";
import { type AnyLease, perHourOf } from "./quote.ts";
import { StartFeeLine } from "./StartFeeLine.tsx";

interface FactsProps {
  readonly lease: AnyLease;
  readonly image: string;
  /** It has ended, or can only end. */
  readonly isOver: boolean;
}

/** What was agreed. */
export function Facts({ lease, image, isOver }: FactsProps) {
  const { class: spec, appliance } = lease;
  const { digits, unit } = perHourOf(lease);
  const gpus = gpusOf(spec);
  return (
    <section className="panel" aria-labelledby="facts-heading">
      <h2 id="facts-heading">Agreed</h2>
      <dl className="facts">
        <dt>Size</dt>
        <dd>
          {spec.vcpus} vCPU, {memoryOf(spec.memoryMiB)}, {diskOf(spec.diskGiB)} disk{gpus !== "" && `, ${gpus}`},{" "}
          {spec.architecture}
        </dd>
        {image !== "" && (
          <>
            <dt>Image</dt>
            <dd>{image}</dd>
          </>
        )}
        <dt>Provider</dt>
        <dd>
          <span className="mono" title={appliance.provider}>
            {appliance.provider.slice(0, 8)}…{appliance.provider.slice(-6)}
          </span>
          , {appliance.region}
        </dd>
        <dt>Price</dt>
        <dd>
          <span className="number">{digits}</span> {unit} per hour
        </dd>
        <StartFeeLine lease={lease} isOver={isOver} />
        {lease.currency === "bitcoin" ? (
          <>
            <dt>Covered</dt>
            <dd>
              <span className="number">{grouped(satsUp(BigInt(lease.cover.coveredMsat)))}</span> sats by locked stake
            </dd>
          </>
        ) : (
          <>
            <dt>Token</dt>
            <dd className="with-copy">
              <span className="mono" title={lease.token}>
                {lease.token.slice(0, 8)}…{lease.token.slice(-6)}
              </span>
              <Copy text={lease.token} label="Copy the token's address" small />
            </dd>
          </>
        )}
        <dt>Grace</dt>
        <dd>{inWords(lease.graceSeconds)} from used up to deleted</dd>
        <dt>Lease</dt>
        <dd className="with-copy">
          <span className="mono" title={lease.leaseId}>
            {lease.leaseId.slice(0, 10)}…{lease.leaseId.slice(-8)}
          </span>
          <Copy text={lease.leaseId} label="Copy the lease's id" small />
        </dd>
      </dl>
    </section>
  );
}
