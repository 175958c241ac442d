// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";

interface NoticeProps {
  readonly tone: "info" | "good" | "warn" | "bad";
  readonly title?: string;
  /** The title is said at once by readers of the screen; what is below may count down. */
  readonly urgent?: boolean;
  readonly children?: ReactNode;
}

/** Something to know before going on. */
export function Notice({ tone, title, urgent = false, children }: NoticeProps) {
  return (
    <div className={`notice ${tone}`}>
      {title !== undefined && (
        <p className="notice-title" role={urgent ? "alert" : undefined}>
          {title}
        </p>
      )}
      {children}
    </div>
  );
}
