import { allowedActions, type Workspace, type WorkspaceAction } from "@hearth/sdk";
import { useState } from "react";
import { DeleteDialog } from "../../components/DeleteDialog.tsx";
import { useWorkspaceAction } from "../../queries/workspaces.ts";
import { Button } from "../../ui/Button.tsx";
import { say } from "../../ui/say.ts";
import { errorWords } from "../../words/error-words.ts";

/** Acts on all that are selected and allow it; says which could not be. */
export function BulkBar({ workspaces, onClear }: { workspaces: readonly Workspace[]; onClear: () => void }) {
  const act = useWorkspaceAction();
  const [isDeleting, setDeleting] = useState(false);
  const [isPending, setPending] = useState(false);
  if (workspaces.length === 0) return null;

  function fitting(action: WorkspaceAction): readonly Workspace[] {
    return workspaces.filter(({ latest_build }) => allowedActions(latest_build.status)[action].allowed);
  }
  async function run(action: WorkspaceAction) {
    setPending(true);
    const targets = fitting(action);
    const results = await Promise.allSettled(targets.map((workspace) => act.mutateAsync({ workspace, action })));
    setPending(false);
    setDeleting(false);
    const failures = results.flatMap((result, i) =>
      result.status === "rejected" ? [`${targets[i]?.name}: ${errorWords(result.reason).title}`] : [],
    );
    if (failures.length > 0) say({ text: failures.join(" "), tone: "bad" });
    else onClear();
  }
  const what = `${workspaces.length} ${workspaces.length === 1 ? "workspace" : "workspaces"}`;
  const reason = (action: WorkspaceAction) =>
    fitting(action).length > 0 ? undefined : `None of them can be ${words[action]} now.`;

  return (
    <div className="mb-3 flex flex-wrap items-center gap-2 rounded-lg border border-line bg-accent-soft px-3 py-2">
      <span className="mr-2 font-medium">{what} selected</span>
      <Button icon="play" isPending={isPending} disabledReason={reason("start")} onClick={() => void run("start")}>
        Start
      </Button>
      <Button icon="stop" isPending={isPending} disabledReason={reason("stop")} onClick={() => void run("stop")}>
        Stop
      </Button>
      <Button icon="trash" disabledReason={reason("delete")} onClick={() => setDeleting(true)}>
        Delete…
      </Button>
      <Button look="quiet" onClick={onClear}>
        Clear
      </Button>
      <DeleteDialog
        isOpen={isDeleting}
        onClose={() => setDeleting(false)}
        title={`these ${what}`}
        word={`delete ${workspaces.length}`}
        isPending={isPending}
        error={undefined}
        onDelete={() => void run("delete")}
      />
    </div>
  );
}

const words: Readonly<Record<WorkspaceAction, string>> = {
  start: "started",
  stop: "stopped",
  restart: "restarted",
  delete: "deleted",
  cancel: "canceled",
};
