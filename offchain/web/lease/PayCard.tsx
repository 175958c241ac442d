// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import { bip21Uri } from "../../bitcoin/bip21Uri.ts";
import { bitcoinOf } from "../format/amount.ts";
import { Amount } from "../ui/Amount.tsx";
import { Copy } from "../ui/Copy.tsx";
import { Icon } from "../ui/Icon.tsx";
import { QrCode } from "../ui/QrCode.tsx";
import { Address } from "./Address.tsx";

interface PayCardProps {
  /** Checked already. */
  readonly address: string;
  readonly sats: bigint;
  /** What it buys. */
  readonly children: ReactNode;
}

/** How much to pay, and where: for the phone's camera, a wallet on this machine, or by hand. */
export function PayCard({ address, sats, children }: PayCardProps) {
  const uri = bip21Uri({ address, amountSats: sats });
  return (
    <div className="pay">
      <QrCode text={uri} label="QR code with the address and the amount" />
      <div className="pay-text">
        <p className="pay-amount">
          <Amount sats={sats} />
        </p>
        <p className="muted">
          <span className="number">{bitcoinOf(sats)} BTC</span>
        </p>
        <div className="pay-buys">{children}</div>
        <Address address={address} />
        <div className="buttons">
          <a className="button primary" href={uri}>
            <Icon name="arrow" />
            Open in wallet
          </a>
          <Copy text={address} label="Copy address" />
          <Copy text={bitcoinOf(sats)} label="Copy amount" />
        </div>
      </div>
    </div>
  );
}
