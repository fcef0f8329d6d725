import { allowedActions, type Workspace, type WorkspaceAction } from "@hearth/sdk";
import { useState } from "react";
import { useUpdateWorkspace, useWorkspaceAction } from "../queries/workspaces.ts";
import { IconButton } from "../ui/Button.tsx";
import { Menu, MenuItem, MenuLine } from "../ui/Menu.tsx";
import { say } from "../ui/say.ts";
import { errorWords } from "../words/error-words.ts";
import { DeleteDialog } from "./DeleteDialog.tsx";

/** What else can be done with a workspace; what cannot now says why. */
export function WorkspaceMenu({ workspace }: { workspace: Workspace }) {
  const [isDeleting, setDeleting] = useState(false);
  const act = useWorkspaceAction();
  const update = useUpdateWorkspace();
  const remove = useWorkspaceAction();
  const allowed = allowedActions(workspace.latest_build.status);
  const reason = (action: WorkspaceAction) => (allowed[action].allowed ? undefined : allowed[action].reason);
  const onError = (error: unknown) => say({ text: errorWords(error).title, tone: "bad" });
  const canUpdate = allowed.start.allowed || allowed.restart.allowed;
  return (
    <>
      <Menu trigger={<IconButton icon="dots" hasTooltip={false} name={`More actions for ${workspace.name}`} />}>
        <MenuItem
          icon="restart"
          disabledReason={reason("restart")}
          onSelect={() => act.mutate({ workspace, action: "restart" }, { onError })}
        >
          Restart
        </MenuItem>
        {workspace.outdated && (
          <MenuItem
            icon="play"
            disabledReason={canUpdate ? undefined : reason("restart")}
            onSelect={() => update.mutate(workspace, { onError })}
          >
            Update to the template&apos;s newest version
          </MenuItem>
        )}
        <MenuItem
          icon="cross"
          disabledReason={reason("cancel")}
          onSelect={() => act.mutate({ workspace, action: "cancel" }, { onError })}
        >
          Cancel the build
        </MenuItem>
        <MenuLine />
        <MenuItem icon="trash" isDangerous disabledReason={reason("delete")} onSelect={() => setDeleting(true)}>
          Delete…
        </MenuItem>
      </Menu>
      <DeleteDialog
        isOpen={isDeleting}
        onClose={() => setDeleting(false)}
        title={workspace.name}
        word={workspace.name}
        isPending={remove.isPending}
        error={remove.error}
        onDelete={() => remove.mutate({ workspace, action: "delete" }, { onSuccess: () => setDeleting(false) })}
      />
    </>
  );
}
