// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "react";
import { AccountPage } from "../account/AccountPage.tsx";
import { useLinkSecret } from "../account/useLinkSecret.ts";
import { VisitingBanner } from "../account/VisitingBanner.tsx";
import { LaunchPage } from "../launch/LaunchPage.tsx";
import { LeasePage } from "../lease/LeasePage.tsx";
import { LeasesPage } from "../lease/LeasesPage.tsx";
import { OffersPage } from "../offers/OffersPage.tsx";
import { AboutPage } from "../pages/AboutPage.tsx";
import { UnknownPage } from "../pages/UnknownPage.tsx";
import { usePathname } from "../router/navigation.ts";
import { parseRoute, type Route } from "../router/route.ts";
import { Notice } from "../ui/Notice.tsx";
import { Footer } from "./Footer.tsx";
import { Header } from "./Header.tsx";
import { InsecureNotice } from "./InsecureNotice.tsx";

/** The site: header, the page that the path names, footer. */
export function App() {
  const path = usePathname();
  const route = parseRoute(path);
  const linkProblem = useLinkSecret(route.page === "lease");
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    // Readers of the screen and keyboards start at the top of the new page.
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <Header />
      <VisitingBanner />
      <main tabIndex={-1} ref={main}>
        {linkProblem !== undefined && (
          <Notice tone="bad" title="The link is damaged." urgent>
            <p>{linkProblem}</p>
          </Notice>
        )}
        <InsecureNotice />
        <Page route={route} />
      </main>
      <Footer />
    </>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "offers":
      return <OffersPage />;
    case "launch":
      return <LaunchPage key={route.order} order={route.order} />;
    case "lease":
      return <LeasePage key={route.leaseId} leaseId={route.leaseId} />;
    case "leases":
      return <LeasesPage />;
    case "account":
      return <AccountPage />;
    case "about":
      return <AboutPage />;
    case "unknown":
      return <UnknownPage />;
  }
}
