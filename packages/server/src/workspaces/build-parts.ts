import { sql } from "kysely";
import type { BuildReason } from "@hearth/sdk";
import type { Fragment } from "../ground/database/index.ts";
import type { BuildPlan } from "./plan-build.ts";
import type { BuildRow } from "./records.ts";

/** A build as it is stored. */
export interface StoredBuild {
  readonly id: string;
  readonly jobId: string;
  readonly initiatorId: string;
  /** Its number is that of the row of `w`. */
  readonly plan: BuildPlan;
  readonly stage: BuildRow["stage"];
  readonly reason: BuildReason;
  /** Its secret values, sealed. */
  readonly secrets?: Buffer | undefined;
  /** Of one that ends with the statement that stores it. */
  readonly deadlineMs?: number | undefined;
  readonly nowMs: number;
}

/**
 * The parts of a `with` that store a build and its values: `b` and `parameters`. Before them stands `w`, the workspace, of
 * one row or none, with `id` and `latest_build_number`; the build is the next.
 *
 * A value keeps who chose it: nobody where the version says the same (a default, the preset), else whoever chose it
 * before, the author of the version that it came from, or who asks now.
 */
export function buildParts({ plan, ...given }: StoredBuild): Fragment {
  const now = sql`${new Date(given.nowMs)}::timestamptz`;
  const deadline = given.deadlineMs === undefined ? null : new Date(given.deadlineMs);
  return sql`
    b as (
      insert into workspace_builds (id, workspace_id, template_version_id, template_version_preset_id, build_number, transition,
        stage, initiator_id, job_id, reason, daily_cost, deadline, created_at, updated_at)
      select ${given.id}::uuid, w.id, ${plan.versionId}::uuid, ${plan.presetId}::uuid, w.latest_build_number + 1,
        ${plan.transition}::text, ${given.stage}::text, ${given.initiatorId}::uuid, ${given.jobId}::uuid, ${given.reason}::text,
        -- Until the build has changed something, the workspace costs what it did.
        coalesce((select last.daily_cost from workspace_builds last
          where last.workspace_id = w.id and last.build_number = w.latest_build_number), 0),
        ${deadline}::timestamptz, ${now}, ${now}
      from w
      returning *
    ), parameters as (
      insert into workspace_build_parameters (build_id, name, value, given_by)
      select ${given.id}::uuid, p.name, case when p.name <> all(${[...plan.secretNames]}::text[]) then p.value end, case
        when exists (select from template_version_parameters d
            where d.template_version_id = ${plan.versionId}::uuid and d.name = p.name and d.default_value = p.value)
          or exists (select from template_version_preset_parameters s
            where s.preset_id = ${plan.presetId}::uuid and s.name = p.name and s.value = p.value) then null
        else coalesce(last.given_by, last.author, ${given.initiatorId}::uuid) end
      from w cross join jsonb_to_recordset(${JSON.stringify(plan.parameters)}::jsonb) as p(name text, value text)
      left join lateral (
        select lp.given_by, lv.created_by as author
        from workspace_builds lb
        join template_versions lv on lv.id = lb.template_version_id
        join workspace_build_parameters lp on lp.build_id = lb.id
        where lb.workspace_id = w.id and lb.build_number = w.latest_build_number
          and lp.name = p.name and lp.value = p.value
      ) last on true
    )${
      given.secrets === undefined
        ? sql``
        : sql`, secrets as (
      insert into workspace_build_secrets (build_id, sealed) select ${given.id}::uuid, ${given.secrets}::bytea from w)`
    }`;
}
