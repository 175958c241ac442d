// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { storage } from "../account/account.ts";
import { Icon } from "../ui/Icon.tsx";
import { applyTheme, readTheme, type Theme } from "./theme.ts";

const NEXT = { auto: "light", light: "dark", dark: "auto" } as const;
const LOOK = {
  auto: { icon: "auto", text: "Theme: as the system" },
  light: { icon: "sun", text: "Theme: light" },
  dark: { icon: "moon", text: "Theme: dark" },
} as const;

/** Goes round: as the system is, light, dark. */
export function ThemeToggle() {
  const [theme, setTheme] = useState<Theme>(() => readTheme(storage.get));
  const { icon, text } = LOOK[theme];
  const turn = () => {
    const next = NEXT[theme];
    applyTheme(next, storage.set);
    setTheme(next);
  };
  return (
    <button type="button" className="button quiet small" onClick={turn} title={text} aria-label={text}>
      <Icon name={icon} />
    </button>
  );
}
