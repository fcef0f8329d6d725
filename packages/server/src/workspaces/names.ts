import { faultOfName } from "../identity/index.ts";

/** Paths of the dashboard. */
const reserved = ["new", "create"];

/** What is wrong with a workspace's name; undefined when nothing is. @see spec/api.md §1, "Names" */
export function faultOfWorkspaceName(name: string): string | undefined {
  if (name === "") return "a workspace needs a name";
  if (reserved.includes(name.toLowerCase())) return `"${name}" is reserved`;
  return faultOfName(name);
}
