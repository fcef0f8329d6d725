import { stripVTControlCharacters } from "node:util";

/**
 * What others wrote (names, log lines), harmless to show: no escape sequence can move the cursor, retitle the window or
 * forge a line. Tabs and line feeds stay; colours stay where `keepColours`.
 */
export function safeText(text: string, keepColours = false): string {
  if (!controls.test(text)) return text;
  const parts = keepColours ? text.split(colours) : [text];
  // `split` with a capture puts the matches at odd places.
  return parts.map((part, index) => (index % 2 === 1 ? part : withoutControls(part))).join("");
}

/** Control characters but tab and line feed. */
const controls = /[^\P{Cc}\t\n]/u;
const allControls = /[^\P{Cc}\t\n]/gu;
// oxlint-disable-next-line no-control-regex -- what a colour begins with
const colours = /(\u001B\[[0-9;:]*m)/;

function withoutControls(text: string): string {
  return stripVTControlCharacters(text).replace(allControls, "");
}
