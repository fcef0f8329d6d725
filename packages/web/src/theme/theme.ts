import { Store } from "../streams/store.ts";

/** What was chosen; `system` follows the system. */
export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** The choice lives in the browser: it is about this screen, not about the person. Read by `public/theme.js`, too. */
const key = "hearth.theme";

function isTheme(value: unknown): value is Theme {
  return themes.some((theme) => theme === value);
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(key);
    return isTheme(value) ? value : "system";
  } catch {
    return "system"; // storage is switched off
  }
}

export const theme = new Store<Theme>(stored());

/** Applies a theme at once and keeps it. */
export function chooseTheme(next: Theme): void {
  const root = document.documentElement;
  if (next === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = next;
  try {
    if (next === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, next);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
  theme.set(next);
}
