// SPDX-License-Identifier: Apache-2.0
import { useAccount } from "../account/account.ts";
import { useNetwork } from "../live/useNetwork.ts";
import { Link } from "../router/Link.tsx";
import { usePathname } from "../router/navigation.ts";
import { ThemeToggle } from "./ThemeToggle.tsx";

const PAGES = [
  ["/", "Offers"],
  ["/leases", "My leases"],
  ["/account", "Account"],
  ["/about", "How it works"],
] as const;

/** The pool's name and the pages. */
export function Header() {
  const network = useNetwork();
  const path = usePathname();
  const { secret, saved } = useAccount();
  const isTest = network !== undefined && network.bitcoinNetwork !== "mainnet";
  return (
    <header className="header">
      <div className="header-inner">
        <Link className="brand" href="/">
          <span className="brand-mark" aria-hidden="true" />
          {network?.pool.name ?? "XOV"}
        </Link>
        {isTest && (
          <span className="test-net" title="Coins of this network are worth nothing">
            {network.bitcoinNetwork}
          </span>
        )}
        <nav aria-label="Pages">
          {PAGES.map(([href, text]) => (
            <Link key={href} href={href} aria-current={isCurrent(path, href) ? "page" : undefined}>
              {text}
              {href === "/account" && secret !== undefined && !saved && (
                <span className="dot" role="img" aria-label="secret not saved" />
              )}
            </Link>
          ))}
        </nav>
        <ThemeToggle />
      </div>
    </header>
  );
}

function isCurrent(path: string, href: string): boolean {
  if (href === "/") return path === "/" || path.startsWith("/launch/");
  if (href === "/leases") return path === "/leases" || path.startsWith("/lease/");
  return path === href;
}
