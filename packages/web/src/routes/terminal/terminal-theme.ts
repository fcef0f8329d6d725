import type { ITheme } from "@xterm/xterm";

/** Colours of the terminal: dark in both themes, as programs expect. Background and text are tokens. */
export function terminalTheme(): ITheme {
  const tokens = getComputedStyle(document.documentElement);
  const background = tokens.getPropertyValue("--terminal-bg").trim();
  return {
    background,
    foreground: tokens.getPropertyValue("--terminal-text").trim(),
    cursor: "#fb923c",
    cursorAccent: background,
    selectionBackground: "#6b3a14",
    black: "#3b3532",
    red: "#f2766b",
    green: "#62c88a",
    yellow: "#e5b94f",
    blue: "#74a9f0",
    magenta: "#cf8fe0",
    cyan: "#5cc5cf",
    white: "#d8d2cc",
    brightBlack: "#8d847d",
    brightRed: "#fb9d94",
    brightGreen: "#8ce3ad",
    brightYellow: "#f5d27a",
    brightBlue: "#9dc5fb",
    brightMagenta: "#e2b4ee",
    brightCyan: "#8ae0e8",
    brightWhite: "#ffffff",
  };
}
