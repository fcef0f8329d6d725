/** What a key of the on-screen bar types. */
export const barKeys = [
  { label: "Esc", name: "Escape", data: "\u001b" },
  { label: "Tab", name: "Tab", data: "\t" },
  { label: "↑", name: "Up", data: "\u001b[A" },
  { label: "↓", name: "Down", data: "\u001b[B" },
  { label: "←", name: "Left", data: "\u001b[D" },
  { label: "→", name: "Right", data: "\u001b[C" },
  { label: "|", name: "Pipe", data: "|" },
  { label: "/", name: "Slash", data: "/" },
  { label: "~", name: "Tilde", data: "~" },
  { label: "-", name: "Dash", data: "-" },
] as const;

/** The text as if Ctrl had been held for its first character: `c` is 0x03. What has no control code stays. */
export function withControl(data: string): string {
  const code = data.toUpperCase().charCodeAt(0);
  // "@" to "_" are the codes that have a control character 64 below them.
  return code >= 64 && code <= 95 ? String.fromCharCode(code - 64) + data.slice(1) : data;
}
