// SPDX-License-Identifier: Apache-2.0
import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { navigate } from "./navigation.ts";

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { href: string };

/** A link to another page of the site. */
export function Link({ children, ...props }: LinkProps) {
  const go = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(props.href);
  };
  // biome-ignore-start lint/a11y: with its href, which comes with the props, it is an anchor like any other
  return (
    <a {...props} onClick={go}>
      {children}
    </a>
  );
  // biome-ignore-end lint/a11y: see above
}
