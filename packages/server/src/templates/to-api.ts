import { provisionerType, zeroUuid } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Db, Tx } from "../ground/database/index.ts";
import { findShownUsers } from "../identity/index.ts";
import { findJobs, matchedProvisioners, queuePositions, toApiJob } from "../jobs/index.ts";
import { findTemplateExtras, type TemplateExtras } from "../views/index.ts";
import { plainText } from "./plain-text.ts";
import type { ParameterRow, Preset, TemplateRow, TemplateVersionRow, VariableRow } from "./rows.ts";
import { daysFromBitmap } from "./weekdays.ts";

const nanosPerMs = 1_000_000;

/** Templates as the API shows them, in the order given. Two statements, however many there are. */
export async function toApiTemplates(db: Db | Tx, templates: readonly TemplateRow[]): Promise<api.Template[]> {
  if (templates.length === 0) return [];
  const extras = await findTemplateExtras(
    db,
    templates.map((template) => template.id),
  );
  return templates.flatMap((template) => {
    const extra = extras.get(template.id);
    return extra === undefined ? [] : [toApiTemplate(template, extra)];
  });
}

function toApiTemplate(row: TemplateRow, extra: TemplateExtras): api.Template {
  const stats = new Map(extra.stats.map((entry) => [entry.transition, { P50: entry.p50, P95: entry.p95 }]));
  const none = { P50: null, P95: null };
  return {
    id: row.id,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    organization_id: row.organization_id,
    organization_name: extra.organization_name,
    organization_display_name: extra.organization_display_name,
    organization_icon: extra.organization_icon,
    name: row.name,
    display_name: row.display_name,
    provisioner: provisionerType,
    active_version_id: row.active_version_id,
    active_user_count: extra.active_users,
    build_time_stats: {
      start: stats.get("start") ?? none,
      stop: stats.get("stop") ?? none,
      delete: stats.get("delete") ?? none,
    },
    description: row.description,
    deprecated: row.deprecated !== "",
    deprecation_message: row.deprecated,
    deleted: row.deleted,
    icon: row.icon,
    default_ttl_ms: row.default_ttl / nanosPerMs,
    activity_bump_ms: row.activity_bump / nanosPerMs,
    time_til_autostop_notify_ms: row.time_til_autostop_notify / nanosPerMs,
    autostop_requirement: {
      days_of_week: daysFromBitmap(row.autostop_requirement_days_of_week),
      weeks: Math.max(1, row.autostop_requirement_weeks),
    },
    // Stored as what is blocked.
    autostart_requirement: { days_of_week: daysFromBitmap(~row.autostart_block_days_of_week & 0x7f) },
    created_by_id: row.created_by,
    created_by_name: extra.created_by_name,
    allow_user_autostart: row.allow_user_autostart,
    allow_user_autostop: row.allow_user_autostop,
    allow_user_cancel_workspace_jobs: row.allow_user_cancel_workspace_jobs,
    failure_ttl_ms: row.failure_ttl / nanosPerMs,
    time_til_dormant_ms: row.time_til_dormant / nanosPerMs,
    time_til_dormant_autodelete_ms: row.time_til_dormant_autodelete / nanosPerMs,
    require_active_version: row.require_active_version,
    max_port_share_level: row.max_port_sharing_level,
    cors_behavior: row.cors_behavior,
    use_classic_parameter_flow: row.use_classic_parameter_flow,
    disable_module_cache: row.disable_module_cache,
    ...(extra.engine === null ? {} : { engine: extra.engine }),
  };
}

/** Versions as the API shows them, in the order given. */
export async function toApiVersions(
  db: Db | Tx,
  versions: readonly TemplateVersionRow[],
  nowMs: number,
): Promise<api.TemplateVersion[]> {
  if (versions.length === 0) return [];
  const jobs = await findJobs(
    db,
    versions.map((version) => version.job_id),
  );
  const creators = await findShownUsers(db, [...new Set(versions.map((version) => version.created_by))]);
  const pending = [...jobs.values()].filter((job) => job.job_status === "pending");
  const queue = await queuePositions(
    db,
    pending.map((job) => job.id),
    nowMs,
  );
  return await Promise.all(
    versions.map(async (version) => {
      const job = jobs.get(version.job_id);
      const creator = creators.get(version.created_by);
      if (job === undefined || creator === undefined) throw new Error("a template version lost its job or its creator");
      return {
        id: version.id,
        template_id: version.template_id ?? zeroUuid,
        organization_id: version.organization_id,
        created_at: version.created_at.toISOString(),
        updated_at: version.updated_at.toISOString(),
        name: version.name,
        message: version.message,
        job: toApiJob(job, { queue: queue.get(job.id) }),
        readme: version.readme,
        created_by: {
          id: creator.id,
          username: creator.username,
          ...(creator.name === "" ? {} : { name: creator.name }),
          ...(creator.avatar_url === "" ? {} : { avatar_url: creator.avatar_url }),
        },
        archived: version.archived,
        // Worked out only while somebody may be waiting for a worker.
        ...(job.job_status === "pending" ? { matched_provisioners: await matchedProvisioners(db, job, nowMs) } : {}),
        has_external_agent: false,
        ...(version.engine === null ? {} : { engine: version.engine }),
      };
    }),
  );
}

export function toApiParameter(row: ParameterRow): api.TemplateVersionParameter {
  return {
    name: row.name,
    ...(row.display_name === "" ? {} : { display_name: row.display_name }),
    description: row.description,
    description_plaintext: plainText(row.description),
    type: row.type,
    form_type: row.form_type,
    mutable: row.mutable,
    default_value: row.default_value,
    icon: row.icon,
    options: row.options,
    ...(row.validation_error === "" ? {} : { validation_error: row.validation_error }),
    ...(row.validation_regex === "" ? {} : { validation_regex: row.validation_regex }),
    ...(row.validation_min === null ? {} : { validation_min: row.validation_min }),
    ...(row.validation_max === null ? {} : { validation_max: row.validation_max }),
    ...(row.validation_monotonic === "" ? {} : { validation_monotonic: row.validation_monotonic }),
    required: row.required,
    ephemeral: row.ephemeral,
  };
}

export function toApiVariable(row: VariableRow): api.TemplateVersionVariable {
  const hide = (value: string | null) => (value === null || (row.sensitive && value !== "") ? "*redacted*" : value);
  return {
    name: row.name,
    description: row.description,
    type: row.type === "list(string)" ? "string" : row.type, // its value is JSON text, and the contract has no lists here
    value: hide(row.value),
    default_value: hide(row.default_value),
    required: row.required,
    sensitive: row.sensitive,
  };
}

export function toApiPreset(preset: Preset): api.Preset {
  return {
    ID: preset.id,
    Name: preset.name,
    Parameters: preset.parameters.map(({ name, value }) => ({ Name: name, Value: value })),
    Default: preset.isDefault,
    DesiredPrebuildInstances: preset.desiredInstances ?? null,
    Description: preset.description,
    Icon: preset.icon,
  };
}
