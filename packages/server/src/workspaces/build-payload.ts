import { sql } from "kysely";
import type { BuildJob } from "@hearth/provisioner";
import { prebuildsUserId } from "@hearth/sdk";
import {
  computed,
  defineStatement,
  orNull,
  sampleId,
  sampleMs,
  someColumns,
  stored,
  type BuildJobInput,
  type Db,
  type JsonRowOf,
} from "../ground/database/index.ts";
import type { Granted, Thing } from "../access/index.ts";
import type { GrantedJob, JobRow } from "../jobs/index.ts";
import { openTexts } from "../identity/index.ts";
import { placeOfVersionSecrets, readFile } from "../templates/index.ts";
import { placeOfBuildSecrets } from "./build-secrets.ts";
import { findBuildState } from "./build-state.ts";
import {
  answererColumns,
  answererShape,
  refusalOfUnsandboxed,
  sandboxColumns,
  sandboxShape,
  toAnswerers,
  toSandboxFacts,
} from "./unsandboxed.ts";

const parameterColumns = someColumns("workspace_build_parameters", ["name", "value"]);
const variableColumns = someColumns("template_version_variables", ["name", "value"]);

const find = defineStatement({
  name: "workspaces.build_payload",
  columns: {
    build_id: stored("workspace_builds.id"),
    transition: stored("workspace_builds.transition"),
    stage: stored("workspace_builds.stage"),
    workspace_id: stored("workspaces.id"),
    workspace_name: stored("workspaces.name"),
    template_id: stored("templates.id"),
    template_name: stored("templates.name"),
    version_name: stored("template_versions.name"),
    owner_id: stored("users.id"),
    owner_name: stored("users.username"),
    owner_full_name: stored("users.name"),
    owner_email: stored("users.email"),
    owner_groups: computed.texts,
    ssh_public_key: orNull(stored("git_ssh_keys.public_key")),
    ...sandboxShape,
    ...answererShape,
    parameters: computed.json<JsonRowOf<typeof parameterColumns>[]>(),
    sealed_parameters: orNull(stored("workspace_build_secrets.sealed")),
    variables: computed.json<JsonRowOf<typeof variableColumns>[]>(),
    sealed_variables: orNull(stored("template_version_secrets.sealed")),
    version_id: stored("template_versions.id"),
    has_state: computed.boolean,
  },
  samples: [{ buildId: sampleId, nowMs: sampleMs }],
  build: ({ buildId, nowMs }: { buildId: string; nowMs: number }) => sql`
    select b.id as build_id, b.transition, b.stage, w.id as workspace_id, w.name as workspace_name, t.id as template_id,
      t.name as template_name, v.name as version_name, u.id as owner_id, u.username as owner_name, u.name as owner_full_name,
      u.email as owner_email, array(select g.name from user_groups m join groups g on g.id = m.group_id
        where m.user_id = u.id and m.organization_id = w.organization_id order by g.name) as owner_groups, k.public_key as ssh_public_key, ${sandboxColumns(nowMs)}, ${answererColumns},
      (select coalesce(json_agg(json_build_object(${parameterColumns.json("p")}) order by p.name), '[]')
        from workspace_build_parameters p where p.build_id = b.id) as parameters,
      (select coalesce(json_agg(json_build_object(${variableColumns.json("x")}) order by x.name), '[]')
        from template_version_variables x where x.template_version_id = v.id) as variables,
      bs.sealed as sealed_parameters, vs.sealed as sealed_variables, v.id as version_id,
      exists (select from workspace_builds h join workspace_build_states s on s.build_id = h.id and s.position = 0
        where h.workspace_id = w.id) as has_state
    from workspace_builds b
    join workspaces w on w.id = b.workspace_id
    join templates t on t.id = w.template_id
    join template_versions v on v.id = b.template_version_id
    join users u on u.id = w.owner_id
    left join git_ssh_keys k on k.user_id = u.id
    left join workspace_build_secrets bs on bs.build_id = b.id
    left join template_version_secrets vs on vs.template_version_id = v.id
    where b.id = ${buildId}`,
});

/** What a worker needs for a build. @throws Error when the build is gone, SealError when what is sealed cannot be opened */
export async function readBuildJob(
  db: Db,
  { object: workspace }: Granted<"workspace:read", Thing>,
  held: GrantedJob,
  file: Granted<"file:read", Thing>,
  job: JobRow,
  {
    input,
    ...deployment
  }: { input: BuildJobInput; accessUrl: string; sealKey: Buffer; allowUnsandboxed: boolean; nowMs: number },
): Promise<BuildJob> {
  const { sealKey, nowMs } = deployment;
  const buildId = input.workspace_build_id;
  const row = await find.first(db, { buildId, nowMs });
  if (row?.workspace_id !== workspace.id) throw new Error(`The build ${input.workspace_build_id} of this job is gone.`);
  // Most engines keep none, and whoever claims waits for this.
  const state = row.has_state ? await findBuildState(db, held, sealKey, buildId) : undefined;
  const isPrebuild = row.owner_id === prebuildsUserId;
  return {
    type: "workspace_build",
    id: job.id,
    epoch: job.lease_epoch,
    organizationId: job.organization_id,
    initiatorId: job.initiator_id,
    file: { id: file.object.id, read: () => readFile(db, file) },
    buildId: row.build_id,
    transition: row.transition,
    stage: row.stage,
    startCount: row.transition === "start" ? 1 : 0,
    workspace: { id: row.workspace_id, name: row.workspace_name },
    template: { id: row.template_id, name: row.template_name, version: row.version_name },
    owner: {
      id: row.owner_id,
      name: row.owner_name,
      fullName: row.owner_full_name,
      email: row.owner_email,
      groups: row.owner_groups,
      sshPublicKey: row.ssh_public_key ?? "",
      mayRunUnsandboxed:
        refusalOfUnsandboxed({
          ...toSandboxFacts(row),
          ...toAnswerers(row),
          isAllowedForAll: deployment.allowUnsandboxed,
        }) === undefined,
    },
    isPrebuild,
    parameters: openTexts(sealKey, placeOfBuildSecrets(row.build_id), row.parameters, row.sealed_parameters),
    variables: openTexts(sealKey, placeOfVersionSecrets(row.version_id), row.variables, row.sealed_variables),
    state,
    accessUrl: deployment.accessUrl,
    logLevel: input.log_level ?? "",
  };
}
