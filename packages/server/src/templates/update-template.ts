import { ApiError, type CreateTemplateRequest, type UpdateTemplateMeta } from "@hearth/sdk";
import type { Updateable } from "kysely";
import { faultOfDisplayName, faultOfName } from "../identity/index.ts";
import type { Tables } from "../ground/database/index.ts";
import { bitmapFromDays, faultOfDays } from "./weekdays.ts";

const nanosPerMs = 1_000_000;

type Settings = Partial<Omit<UpdateTemplateMeta, "name">> & Pick<CreateTemplateRequest, never>;

/** What is wrong with the fields of a template, by field. Pure. */
export function faultsOfTemplate(request: Settings & { name?: string | undefined }): [string, string | undefined][] {
  const positive = (value: number | undefined) =>
    value !== undefined && value < 0 ? "Must be a positive integer." : undefined;
  const weeks = request.autostop_requirement?.weeks;
  return [
    ["name", request.name === undefined ? undefined : faultOfName(request.name)],
    ["display_name", request.display_name === undefined ? undefined : faultOfDisplayName(request.display_name)],
    ["description", Array.from(request.description ?? "").length > 128 ? "must be at most 128 characters" : undefined],
    ["icon", (request.icon ?? "").length > 256 ? "must be at most 256 characters" : undefined],
    ["default_ttl_ms", positive(request.default_ttl_ms)],
    ["activity_bump_ms", positive(request.activity_bump_ms)],
    ["time_til_autostop_notify_ms", positive(request.time_til_autostop_notify_ms)],
    ["failure_ttl_ms", positive(request.failure_ttl_ms)],
    ["time_til_dormant_ms", positive(request.time_til_dormant_ms)],
    ["time_til_dormant_autodelete_ms", positive(request.time_til_dormant_autodelete_ms)],
    ["autostop_requirement.days_of_week", faultOfDays(request.autostop_requirement?.days_of_week ?? [])],
    [
      "autostop_requirement.weeks",
      weeks !== undefined && (weeks < 0 || weeks > 16) ? "must be from 1 to 16" : undefined,
    ],
    ["autostart_requirement.days_of_week", faultOfDays(request.autostart_requirement?.days_of_week ?? [])],
  ];
}

/** @throws ApiError `validation_failed` naming every field at fault */
export function refuseTemplateFaults(
  message: string,
  faults: readonly (readonly [string, string | undefined])[],
): void {
  const validations = faults.flatMap(([field, detail]) => (detail === undefined ? [] : [{ field, detail }]));
  if (validations.length > 0) throw new ApiError("validation_failed", message, { validations });
}

type Column = keyof Updateable<Tables["templates"]>;
type Values = ReturnType<typeof valuesOf>;

/** The columns that a request sets: only those whose field is there. Pure. */
export function columnsOf(request: Settings): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(valuesOf(request)).filter(([, value]) => value !== undefined));
}

function valuesOf(request: Settings) {
  const nanos = (value: number | undefined) => (value === undefined ? undefined : Math.trunc(value) * nanosPerMs);
  return {
    display_name: request.display_name,
    description: request.description,
    icon: request.icon,
    default_ttl: nanos(request.default_ttl_ms),
    activity_bump: nanos(request.activity_bump_ms),
    time_til_autostop_notify: nanos(request.time_til_autostop_notify_ms),
    failure_ttl: nanos(request.failure_ttl_ms),
    time_til_dormant: nanos(request.time_til_dormant_ms),
    time_til_dormant_autodelete: nanos(request.time_til_dormant_autodelete_ms),
    autostop_requirement_days_of_week:
      request.autostop_requirement === undefined
        ? undefined
        : bitmapFromDays(request.autostop_requirement.days_of_week),
    autostop_requirement_weeks: request.autostop_requirement?.weeks,
    autostart_block_days_of_week:
      request.autostart_requirement === undefined
        ? undefined
        : ~bitmapFromDays(request.autostart_requirement.days_of_week) & 0x7f,
    allow_user_autostart: request.allow_user_autostart,
    allow_user_autostop: request.allow_user_autostop,
    allow_user_cancel_workspace_jobs: request.allow_user_cancel_workspace_jobs,
    require_active_version: request.require_active_version,
    deprecated: request.deprecation_message,
    max_port_sharing_level: request.max_port_share_level,
    cors_behavior: request.cors_behavior,
    use_classic_parameter_flow: request.use_classic_parameter_flow,
    disable_module_cache: request.disable_module_cache,
  } satisfies { [Name in Column]?: Updateable<Tables["templates"]>[Name] | undefined };
}
