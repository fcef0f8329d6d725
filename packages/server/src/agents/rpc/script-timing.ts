import { sql } from "kysely";
import type { MessageShape } from "@hearth/wire";
import type { TimingSchema } from "@hearth/wire/agent-proto";
import { defineStatement, sampleId, sampleMs, stored, type Db, type Tables } from "../../ground/database/index.ts";
import type { GrantedAgent } from "../access/agent-grant.ts";
import { instantField, refuse, uuidField } from "./refusals.ts";
import { scriptStageOf, scriptStatusOf } from "./words.ts";

type Timings = Tables["workspace_agent_script_timings"];

export interface ScriptTiming {
  readonly scriptId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly exitCode: number;
  readonly stage: Timings["stage"];
  readonly status: Timings["status"];
}

/** A run of a script as the agent reports it, checked. Pure. @throws DrpcError @see spec/agents.md §12 */
export function readTiming(timing: MessageShape<typeof TimingSchema> | undefined): ScriptTiming {
  if (timing === undefined) throw refuse("The timing of the script is missing.");
  const startedAtMs = instantField(timing.start);
  const endedAtMs = instantField(timing.end);
  if (startedAtMs === undefined || endedAtMs === undefined) throw refuse("A script's run has a start and an end.");
  if (startedAtMs > endedAtMs) throw refuse("A script's run cannot end before it starts.");
  const stage = scriptStageOf(timing.stage);
  if (stage === undefined) throw refuse(`Stage ${timing.stage} of a script is not known.`);
  const status = scriptStatusOf(timing.status);
  if (status === undefined) throw refuse(`Status ${timing.status} of a script is not known.`);
  const scriptId = uuidField("script_id", timing.scriptId);
  return { scriptId, startedAtMs, endedAtMs, exitCode: timing.exitCode, stage, status };
}

const insertTiming = defineStatement({
  name: "agents.store_script_timing",
  columns: { id: stored("workspace_agent_script_timings.id") },
  samples: [
    {
      agentId: sampleId,
      timing: {
        scriptId: sampleId,
        startedAtMs: sampleMs,
        endedAtMs: sampleMs,
        exitCode: 0,
        stage: "start",
        status: "ok",
      },
    },
  ],
  build: ({ agentId, timing }: { agentId: string; timing: ScriptTiming }) => sql`
    insert into workspace_agent_script_timings (script_id, started_at, ended_at, exit_code, stage, status)
    select s.id, ${new Date(timing.startedAtMs)}, ${new Date(timing.endedAtMs)}, ${timing.exitCode}, ${timing.stage},
      ${timing.status}
    from workspace_agent_scripts s where s.id = ${timing.scriptId} and s.workspace_agent_id = ${agentId}
    returning id`,
});

/** Stores the run of one of this agent's scripts; false when the script is not the agent's. @see spec/agents.md A-20 */
export async function storeTiming(
  db: Db,
  granted: GrantedAgent<"workspace:update_agent">,
  timing: ScriptTiming,
): Promise<boolean> {
  const rows = await insertTiming.all(db, { agentId: granted.object.agentId, timing });
  return rows.length > 0;
}
