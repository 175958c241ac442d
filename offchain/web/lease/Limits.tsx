// SPDX-License-Identifier: Apache-2.0
import { Link } from "../router/Link.tsx";

/** What nobody protects a tenant from, where tenants read. */
export function Limits() {
  return (
    <section className="limits" aria-label="What is not protected">
      <p>
        <strong>Not protected:</strong> whoever owns the hypervisor can read this machine. A provider earns until its
        lease ends, even for a machine that does not work. <Link href="/about#limits">More</Link>
      </p>
    </section>
  );
}
