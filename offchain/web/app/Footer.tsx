// SPDX-License-Identifier: Apache-2.0
import { useNetwork } from "../live/useNetwork.ts";
import { Link } from "../router/Link.tsx";

export function Footer() {
  const network = useNetwork();
  return (
    <footer className="footer">
      <p>
        {network === undefined ? "A pool" : `${network.pool.name}, a pool`} on XOV, the compute market that nobody owns.{" "}
        <Link href="/about#limits">What is not protected</Link>
      </p>
      {network !== undefined && (
        <p>
          chain <span className="number">{network.chainId}</span>
        </p>
      )}
    </footer>
  );
}
