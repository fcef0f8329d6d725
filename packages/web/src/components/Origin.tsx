import type { Workspace } from "@hearth/sdk";
import { Icon } from "../ui/Icon.tsx";
import { originWords } from "../words/workspace-words.ts";

/** How the workspace came: a warm one that was claimed has its fire. */
export function Origin({ workspace }: { workspace: Workspace }) {
  return (
    <span className="inline-flex items-center gap-1 align-bottom text-text">
      {workspace.origin?.how === "claimed" && <Icon name="flame" size={14} className="text-accent" />}
      {originWords(workspace.origin) ?? "–"}
    </span>
  );
}
