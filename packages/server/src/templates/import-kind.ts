import { randomUUID } from "node:crypto";
import { z } from "zod";
import { jobSchemas, type ImportResult, type VariableDeclaration } from "@hearth/provisioner";
import type { Clock } from "@hearth/base";
import { authorize, type Granted } from "../access/index.ts";
import { insertResources } from "../agents/index.ts";
import { afterCommit, jobInputs, type Tx } from "../ground/database/index.ts";
import { authorizeJob, defineJobKind, findSecrets, type JobKind, type JobRow } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { authorizeFile } from "./access.ts";
import { readFile } from "./file-store.ts";
import { toParameterRow } from "./parameter-row.ts";
import { storeVersionSecrets } from "./version-secrets.ts";

export interface ImportJobDeps {
  readonly clock: Clock;
  readonly pubsub: PubSub;
  /** What values of sensitive variables are sealed with. */
  readonly sealKey: Buffer;
}

/** What an import is told in confidence: the values that its author gives variables when pushing. */
export const ImportSecrets = z.object({ variables: z.array(z.object({ name: z.string(), value: z.string() })) });

/** Imports of template versions: reads the archive, stores what it declares. @see spec/builds.md §3.2 */
export function importJobKind({ clock, pubsub, sealKey }: ImportJobDeps): JobKind {
  return defineJobKind({
    input: jobInputs.template_version_import,
    job: jobSchemas.ImportJob,
    result: jobSchemas.ImportResult,
    async payload(ctx, db, job, input) {
      const file = authorizeFile(ctx, job);
      const secrets = ImportSecrets.parse(await findSecrets(db, authorizeJob(ctx, job), sealKey));
      return {
        type: "template_version_import",
        id: job.id,
        epoch: job.lease_epoch,
        organizationId: job.organization_id,
        initiatorId: job.initiator_id,
        file: { id: job.file_id, read: () => readFile(db, file) },
        templateVersionId: input.template_version_id,
        variables: secrets.variables,
      };
    },
    async complete(ctx, tx, job, input, result) {
      // Of a template that may not be there yet: its first version is imported before it.
      const granted = authorize(ctx, "template:update", { organizationId: job.organization_id });
      await storeImport(tx, granted, sealKey, {
        job,
        versionId: input.template_version_id,
        result,
        nowMs: clock.now(),
      });
      await announce(tx, pubsub, input.template_version_id);
    },
    async fail(_ctx, tx, _job, input) {
      await announce(tx, pubsub, input.template_version_id);
    },
    changed: () => undefined,
  });
}

/** Whoever shows the version's template reads it again. */
async function announce(tx: Tx, pubsub: PubSub, versionId: string) {
  const version = await tx
    .selectFrom("template_versions")
    .select("template_id")
    .where("id", "=", versionId)
    .executeTakeFirst();
  const templateId = version?.template_id;
  if (templateId !== undefined && templateId !== null)
    afterCommit(tx, () => pubsub.publish("template", templateId, {}));
}

type ImportGrant = Granted<"template:update">;

interface Imported {
  readonly job: JobRow;
  readonly versionId: string;
  readonly result: ImportResult;
  readonly nowMs: number;
}

async function storeImport(
  tx: Tx,
  granted: ImportGrant,
  sealKey: Buffer,
  { job, versionId, result, nowMs }: Imported,
): Promise<void> {
  await tx
    .updateTable("template_versions")
    .set({
      readme: result.readme,
      language: result.language,
      engine: result.engine,
      claim_touches_infrastructure: result.claimTouchesInfrastructure,
      updated_at: new Date(nowMs),
    })
    .where("id", "=", versionId)
    .execute();
  for (const [transition, resources] of [
    ["start", result.startResources],
    ["stop", result.stopResources],
  ] as const) {
    await insertResources(tx, granted, { jobId: job.id, transition, resources, nowMs });
  }
  if (result.parameters.length > 0) {
    await tx
      .insertInto("template_version_parameters")
      .values(result.parameters.map((parameter) => toParameterRow(versionId, parameter)))
      .execute();
  }
  if (result.variables.length > 0) {
    await tx
      .insertInto("template_version_variables")
      .values(
        result.variables.map((variable) => ({
          template_version_id: versionId,
          name: variable.name,
          description: variable.description,
          type: variable.type,
          value: isSecret(variable) ? null : variable.value,
          default_value: variable.defaultValue,
          required: variable.required,
          sensitive: variable.sensitive,
        })),
      )
      .execute();
  }
  const secrets = result.variables.filter(isSecret).map(({ name, value }) => [name, value] as const);
  if (secrets.length > 0) await storeVersionSecrets(tx, granted, sealKey, versionId, Object.fromEntries(secrets));
  for (const preset of result.presets) await insertPreset(tx, granted, versionId, preset, nowMs);
}

function isSecret({ sensitive, value }: VariableDeclaration): boolean {
  return sensitive && value !== "";
}

async function insertPreset(
  tx: Tx,
  _granted: ImportGrant,
  versionId: string,
  preset: ImportResult["presets"][number],
  nowMs: number,
): Promise<void> {
  const id = randomUUID();
  const pool = preset.prebuilds;
  await tx
    .insertInto("template_version_presets")
    .values({
      id,
      template_version_id: versionId,
      name: preset.name,
      description: preset.description,
      icon: preset.icon,
      is_default: preset.isDefault,
      desired_instances: pool?.instances ?? null,
      invalidate_after_secs: pool === undefined || pool.ttlSeconds <= 0 ? null : pool.ttlSeconds,
      scheduling_timezone: pool?.timezone ?? "",
      created_at: new Date(nowMs),
    })
    .execute();
  if (preset.parameters.length > 0) {
    await tx
      .insertInto("template_version_preset_parameters")
      .values(preset.parameters.map(({ name, value }) => ({ preset_id: id, name, value })))
      .execute();
  }
  const schedules = pool?.schedules ?? [];
  if (schedules.length === 0) return;
  await tx
    .insertInto("template_version_preset_prebuild_schedules")
    .values(
      schedules.map((schedule, position) => ({
        id: randomUUID(),
        preset_id: id,
        cron_expression: schedule.cron,
        desired_instances: schedule.instances,
        position,
      })),
    )
    .execute();
}
