import { messageOf } from "@hearth/base";
import { endpoints, type Client, type WorkspaceAgent, type WorkspaceAgentLog } from "@hearth/sdk";
import { jsonMessages } from "#api/socket.ts";
import { paintLevel } from "#build/job-log-view.ts";
import type { Out } from "#means/out.ts";
import { safeText } from "#output/safe-text.ts";

/** Shows what an agent's start-up scripts say, on stderr, until the signal aborts. Never rejects: it only accompanies. */
export async function showAgentLogs(
  agent: WorkspaceAgent,
  client: Client,
  out: Out,
  signal: AbortSignal,
): Promise<void> {
  const input = { params: { workspaceagent: agent.id }, query: { follow: true } };
  out.note(`${out.noteStyle.cyan("==>")} ${out.noteStyle.bold("Start-up scripts")}`);
  try {
    for await (const message of jsonMessages(client, endpoints.agents.getAgentLogs, input, signal)) {
      // The contract of the stream: each message is a list of lines.
      for (const { level, output } of message as WorkspaceAgentLog[]) {
        for (const line of safeText(output).split("\n")) out.note(paintLevel(`    ${line}`, level, out.noteStyle));
      }
    }
  } catch (error) {
    // The wait goes on without the log; it ends by the agent's state.
    if (!signal.aborted) out.warn(`The agent's log cannot be shown: ${messageOf(error)}`);
  }
}
