import { sql } from "kysely";
import type * as api from "@hearth/sdk";
import { claimTiming, type JobRow } from "../jobs/index.ts";
import { defineStatement, notNull, sampleId, stored, type Db } from "../ground/database/index.ts";

const findAgents = defineStatement({
  name: "workspaces.agent_timings",
  columns: {
    agent_id: stored("workspace_agents.id"),
    agent_name: stored("workspace_agents.name"),
    created_at: stored("workspace_agents.created_at"),
    first_connected_at: notNull(stored("workspace_agents.first_connected_at")),
  },
  samples: [{ jobId: sampleId }],
  build: ({ jobId }: { jobId: string }) => sql`
    select a.id as agent_id, a.name as agent_name, a.created_at, a.first_connected_at
    from workspace_resources r join workspace_agents a on a.resource_id = r.id and a.parent_id is null
    where r.job_id = ${jobId} and a.first_connected_at >= a.created_at order by a.name`,
});

const findScripts = defineStatement({
  name: "workspaces.script_timings",
  columns: {
    agent_id: stored("workspace_agents.id"),
    agent_name: stored("workspace_agents.name"),
    display_name: stored("workspace_agent_scripts.display_name"),
    started_at: stored("workspace_agent_script_timings.started_at"),
    ended_at: stored("workspace_agent_script_timings.ended_at"),
    exit_code: stored("workspace_agent_script_timings.exit_code"),
    stage: stored("workspace_agent_script_timings.stage"),
    status: stored("workspace_agent_script_timings.status"),
  },
  samples: [{ jobId: sampleId }],
  build: ({ jobId }: { jobId: string }) => sql`
    select distinct on (s.id, t.stage) a.id as agent_id, a.name as agent_name, s.display_name, t.started_at, t.ended_at,
      t.exit_code, case t.stage when 'claim' then 'start' else t.stage end as stage, t.status
    from workspace_resources r join workspace_agents a on a.resource_id = r.id
    join workspace_agent_scripts s on s.workspace_agent_id = a.id
    join workspace_agent_script_timings t on t.script_id = s.id
    where r.job_id = ${jobId} and (t.stage not in ('start', 'claim') or a.first_start_ended_agent_time is null
      or t.started_at <= a.first_start_ended_agent_time)
    order by s.id, t.stage, t.id`,
});

/**
 * How long each part of a build took, and what its agents did then: the first connection and the first start of each. What
 * an agent does when it is started again is no part of the build any more. An agent that a claim took over was connected
 * before, and what it does at the claim is its start. @see spec/builds.md §10.3
 */
export async function findBuildTimings(db: Db, job: JobRow): Promise<api.WorkspaceBuildTimings> {
  const { id: jobId } = job;
  const timings = await db
    .selectFrom("provisioner_job_timings")
    .selectAll()
    .where("job_id", "=", jobId)
    .orderBy("started_at")
    .orderBy("id")
    .execute();
  const agents = await findAgents.all(db, { jobId });
  const scripts = await findScripts.all(db, { jobId });
  return {
    provisioner_timings: job.is_claim_at_once
      ? [claimTiming(job)]
      : timings.map((timing) => ({
          job_id: timing.job_id,
          started_at: timing.started_at.toISOString(),
          ended_at: timing.ended_at.toISOString(),
          stage: timing.stage,
          source: timing.source,
          action: timing.action,
          resource: timing.resource,
        })),
    agent_script_timings: scripts
      .toSorted((a, b) => a.started_at.getTime() - b.started_at.getTime())
      .map((script) => ({
        started_at: script.started_at.toISOString(),
        ended_at: script.ended_at.toISOString(),
        exit_code: script.exit_code,
        stage: script.stage === "claim" ? "start" : script.stage, // the contract has no word for a claim
        status: script.status,
        display_name: script.display_name,
        workspace_agent_id: script.agent_id,
        workspace_agent_name: script.agent_name,
      })),
    agent_connection_timings: agents.map((agent) => ({
      started_at: agent.created_at.toISOString(),
      ended_at: agent.first_connected_at.toISOString(),
      stage: "connect",
      workspace_agent_id: agent.agent_id,
      workspace_agent_name: agent.agent_name,
    })),
  };
}
