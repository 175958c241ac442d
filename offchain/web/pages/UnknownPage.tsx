// SPDX-License-Identifier: Apache-2.0
import { Link } from "../router/Link.tsx";
import { PageHead } from "../ui/PageHead.tsx";

export function UnknownPage() {
  return (
    <>
      <PageHead title="There is no such page">
        <p className="lead">The link may be incomplete.</p>
      </PageHead>
      <Link className="button primary" href="/">
        Show all offers
      </Link>
    </>
  );
}
