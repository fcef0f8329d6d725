/** What the four kinds of sessions were before agents named the app. */
export type AppFamily = "ssh" | "vscode" | "jetbrains" | "reconnecting_pty";

const families: Readonly<Record<string, AppFamily>> = {
  ssh: "ssh",
  reconnecting_pty: "reconnecting_pty",
  web_terminal: "reconnecting_pty",
  vscode: "vscode",
  vscode_insiders: "vscode",
  vscodium: "vscode",
  cursor: "vscode",
  windsurf: "vscode",
  positron: "vscode",
  kiro: "vscode",
  antigravity: "vscode",
  jetbrains: "jetbrains",
};

/** The family of an app that an agent names, however it writes it; undefined for one of none. Pure. @see newer.md §4 */
export function appFamilyOf(name: string): AppFamily | undefined {
  const normal = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
  if (normal.startsWith("jetbrains_")) return "jetbrains";
  return Object.hasOwn(families, normal) ? families[normal] : undefined;
}
