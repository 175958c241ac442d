// SPDX-License-Identifier: Apache-2.0
import type { Draft, DraftErrors } from "./draft.ts";

/** What each field of the launch form gets. */
export interface FieldsProps {
  readonly draft: Draft;
  readonly errors: DraftErrors;
  readonly change: (part: Partial<Draft>) => void;
}
