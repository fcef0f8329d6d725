import type { AgentIncident } from "@hearth/provisioner";
import type { LogLine } from "../logs/lines.ts";

/** What an agent's log says of it. Pure. */
export function incidentLine(incident: AgentIncident): LogLine {
  switch (incident.kind) {
    case "restarted":
      return {
        level: "warn",
        output: `The agent had ended (${incident.how}) and was started again (${times(incident)}).`,
      };
    case "not_restarted":
      return {
        level: "warn",
        output: `The agent has ended (${incident.how}) and is tried again (${times(incident)}).`,
      };
    case "given_up":
      return {
        level: "error",
        output: `The agent is not started again any more: ${incident.reason}. Stop and start the workspace to try again.`,
      };
  }
}

function times({ attempt, limit }: { readonly attempt: number; readonly limit: number }): string {
  return `attempt ${attempt} of ${limit}`;
}
