import { WorkspaceAgentStatus, WorkspaceStatus } from "@hearth/sdk";

/** What a filter may say, in the API's own query language: `key:value` parts, and free words for the name. */
const keys: Readonly<Record<string, { means: string; values?: readonly string[] }>> = {
  owner: { means: "whose it is; me is you", values: ["me"] },
  status: { means: "its state", values: WorkspaceStatus.options },
  template: { means: "made of this template" },
  name: { means: "part of its name" },
  "has-agent": { means: "with an agent in this state", values: WorkspaceAgentStatus.options },
  outdated: { means: "its template has a newer version", values: ["true", "false"] },
  dormant: { means: "not used for long", values: ["true", "false"] },
  param: { means: "with this parameter, or name=value" },
};

export interface Completion {
  /** The filter when it is chosen. */
  readonly filter: string;
  /** What stands in the list. */
  readonly label: string;
  readonly means: string;
}

/** What the last word of a filter may become; names of templates are values of `template`. */
export function completions(filter: string, templateNames: readonly string[]): Completion[] {
  const start = filter.lastIndexOf(" ") + 1;
  const before = filter.slice(0, start);
  const word = filter.slice(start).toLowerCase();
  const colon = word.indexOf(":");
  if (colon < 0) {
    return Object.entries(keys)
      .filter(([key]) => key.startsWith(word) && !before.includes(`${key}:`))
      .map(([key, { means }]) => ({ filter: `${before}${key}:`, label: `${key}:`, means }));
  }
  const key = word.slice(0, colon);
  const values = key === "template" ? templateNames : (keys[key]?.values ?? []);
  return values
    .filter((value) => value.toLowerCase().startsWith(word.slice(colon + 1)))
    .filter((value) => `${key}:${value}`.toLowerCase() !== word)
    .map((value) => ({ filter: `${before}${key}:${value} `, label: `${key}:${value}`, means: "" }));
}
