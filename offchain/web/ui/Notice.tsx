// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";

interface NoticeProps {
  readonly tone: "info" | "good" | "warn" | "bad";
  readonly title?: string;
  /** Said at once by readers of the screen. */
  readonly urgent?: boolean;
  readonly children?: ReactNode;
}

/** Something to know before going on. */
export function Notice({ tone, title, urgent = false, children }: NoticeProps) {
  return (
    <div className={`notice ${tone}`} role={urgent ? "alert" : undefined}>
      {title !== undefined && <p className="notice-title">{title}</p>}
      {children}
    </div>
  );
}
