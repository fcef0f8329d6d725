import { sql } from "kysely";
import type { Fragment } from "../../ground/database/index.ts";

/**
 * Whether an agent may connect and stay connected: the database's rule, `agent_is_accepted`, for a statement that has the
 * agent as `a`, its workspace as `w` and {@link acceptanceJoins}. @see spec/agents.md §2.1, A-32
 */
export const isAccepted: Fragment = sql`agent_is_accepted(a, w, own, own_job, latest, latest_job)`;

/** Its own build, and the latest of its workspace, with their jobs. */
export const acceptanceJoins: Fragment = sql`
  join workspace_builds own on own.id = a.build_id
  join provisioner_jobs own_job on own_job.id = own.job_id
  cross join lateral latest_build(w.id) latest
  join provisioner_jobs latest_job on latest_job.id = latest.job_id`;
