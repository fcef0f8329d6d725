import { allowedActions, type Workspace } from "@hearth/sdk";
import { useWorkspaceAction } from "../queries/workspaces.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { say } from "../ui/say.ts";
import { errorWords } from "../words/error-words.ts";

/** Starts what does not run and stops what does: the one button whose meaning follows the state. */
export function StartStopButton({ workspace, isSmall = false }: { workspace: Workspace; isSmall?: boolean }) {
  const act = useWorkspaceAction();
  const { status, transition } = workspace.latest_build;
  const allowed = allowedActions(status);
  // While a build is under way the button stays the one that began it, and says what it waits for.
  const isOn = status === "running" || (status !== "stopped" && status !== "failed" && transition === "start");
  const action = allowed.start.allowed ? "start" : allowed.stop.allowed ? "stop" : isOn ? "stop" : "start";
  const answer = allowed[action];
  const props = {
    icon: action === "start" ? "play" : "stop",
    isPending: act.isPending,
    disabledReason: answer.allowed ? undefined : answer.reason,
    onClick: () =>
      act.mutate({ workspace, action }, { onError: (error) => say({ text: errorWords(error).title, tone: "bad" }) }),
  } as const;
  const word = action === "start" ? "Start" : "Stop";
  return isSmall ? (
    <IconButton {...props} name={`${word} ${workspace.name}`} />
  ) : (
    <Button {...props} look={action === "start" ? "primary" : "plain"}>
      {word}
    </Button>
  );
}
