import type * as api from "@hearth/sdk";
import type { IdRange } from "../ground/database/index.ts";
import type { JobRow } from "./job-row.ts";

// What a claim without a worker has to tell is the same each time, so nothing of it is stored: it is made of the job's row
// whenever it is read, and cannot be missing. Without a row in the log there is no id but these.

type Told = Pick<JobRow, "id" | "created_at">;

/** Its two lines, or those of them in the range. Pure. */
export function claimLines(
  { created_at }: Told,
  { afterId = 0, beforeId = Infinity }: IdRange,
): api.ProvisionerJobLog[] {
  const line = { created_at: created_at.toISOString(), log_level: "info", stage: "Starting workspace" } as const;
  const lines: api.ProvisionerJobLog[] = [
    { id: 1, ...line, log_source: "provisioner_daemon", output: "" },
    { id: 2, ...line, log_source: "provisioner", output: "The workspace runs already; it changes hands." },
  ];
  return lines.filter(({ id }) => id > afterId && id < beforeId);
}

/** Its one phase. Pure. */
export function claimTiming({ id, created_at }: Told): api.WorkspaceBuildTimings["provisioner_timings"][number] {
  const at = created_at.toISOString();
  return {
    job_id: id,
    started_at: at,
    ended_at: at,
    stage: "apply",
    source: "coder",
    action: "claim",
    resource: "coder_stage_apply",
  };
}
