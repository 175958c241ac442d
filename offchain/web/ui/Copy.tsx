// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";
import { Icon } from "./Icon.tsx";

const SAY_MS = 2_000;

interface CopyProps {
  readonly text: string;
  /** What is copied, for the button. */
  readonly label: string;
  readonly onCopied?: () => void;
  /** Shows the drawing alone. */
  readonly small?: boolean;
}

/** Puts a text on the clipboard, and says whether that worked. */
export function Copy({ text, label, onCopied, small = false }: CopyProps) {
  const [said, setSaid] = useState<"copied" | "failed">();
  useEffect(() => {
    if (said === undefined) return undefined;
    const timer = setTimeout(() => setSaid(undefined), SAY_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () => {
    // Without encryption there is no clipboard.
    if (navigator.clipboard === undefined) {
      setSaid("failed");
      return;
    }
    navigator.clipboard.writeText(text).then(
      () => {
        setSaid("copied");
        onCopied?.();
      },
      () => setSaid("failed"),
    );
  };
  const word = said === "copied" ? "Copied" : said === "failed" ? "Select it and copy by hand" : label;
  return (
    <button type="button" className={small ? "button quiet small" : "button small"} onClick={copy} title={label}>
      <Icon name={said === "copied" ? "check" : "copy"} />
      <span className={small && said === undefined ? "hidden" : ""} aria-live="polite">
        {word}
      </span>
    </button>
  );
}
