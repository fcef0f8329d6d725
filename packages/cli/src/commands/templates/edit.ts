import { endpoints, type Template, type UpdateTemplateMeta } from "@hearth/sdk";
import { z } from "zod";
import { Count, Duration, organization, textOutput, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { UsageError } from "#means/failure.ts";
import { resolveTemplate } from "./resolve-template.ts";

const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

const duration = (description: string) => Duration.optional().meta({ value: "duration", description });
const flag = (description: string) => z.boolean().optional().meta({ description });

export const edit = defineCommand({
  summary: "Change what a template is called and what it allows",
  args: { template: z.string() },
  options: {
    name: z.string().optional().meta({ description: "another name" }),
    displayName: z.string().optional().meta({ value: "text", description: "what people see" }),
    description: z.string().optional().meta({ value: "text", description: "one line" }),
    icon: z.string().optional().meta({ value: "url", description: "address of an icon" }),
    deprecated: z
      .string()
      .optional()
      .meta({ value: "message", description: "no new workspaces, and why; empty takes it back" }),
    defaultTtl: duration("stop workspaces this long after their start; 0 never"),
    activityBump: duration("put a stop off by this while a workspace is used"),
    failureTtl: duration("stop workspaces this long after a failed start; 0 never"),
    dormancyThreshold: duration("make workspaces dormant after this long without use; 0 never"),
    dormancyAutoDeletion: duration("delete dormant workspaces after this long; 0 never"),
    autostartRequirementWeekdays: z
      .array(z.enum([...weekdays, "all"]))
      .optional()
      .meta({ value: "day", description: "days on which workspaces may start by themselves" }),
    autostopRequirementWeekdays: z
      .array(z.enum([...weekdays, "none"]))
      .optional()
      .meta({ value: "day", description: "days on which running workspaces are stopped" }),
    autostopRequirementWeeks: Count.optional().meta({ value: "weeks", description: "every how many weeks" }),
    allowUserAutostart: flag("whether users set when their workspaces start"),
    allowUserAutostop: flag("whether users set when their workspaces stop"),
    allowUserCancelWorkspaceJobs: flag("whether users cancel builds"),
    requireActiveVersion: flag("whether workspaces must start with the active version"),
    private: flag("whether only those who are named may use it"),
    organization,
    output: textOutput,
    yes,
  },
  async run(input, { client, out }) {
    const template = await resolveTemplate(client, input.template, input.organization);
    const body = changesOf(input, template);
    if (Object.keys(body).length === 0)
      throw new UsageError("Nothing to change was named", { hint: "See: hearth templates edit --help" });
    const changed = await client.call(endpoints.templates.updateTemplate, { params: { template: template.id }, body });
    if (input.output === "json") out.json(changed ?? template);
    else
      out.line(
        changed === undefined
          ? `Template "${template.name}" is like that already.`
          : `Template "${changed.name}" is changed.`,
      );
  },
});

interface EditFlags {
  readonly name: string | undefined;
  readonly displayName: string | undefined;
  readonly description: string | undefined;
  readonly icon: string | undefined;
  readonly deprecated: string | undefined;
  readonly defaultTtl: number | undefined;
  readonly activityBump: number | undefined;
  readonly failureTtl: number | undefined;
  readonly dormancyThreshold: number | undefined;
  readonly dormancyAutoDeletion: number | undefined;
  readonly autostartRequirementWeekdays: readonly string[] | undefined;
  readonly autostopRequirementWeekdays: readonly string[] | undefined;
  readonly autostopRequirementWeeks: number | undefined;
  readonly allowUserAutostart: boolean | undefined;
  readonly allowUserAutostop: boolean | undefined;
  readonly allowUserCancelWorkspaceJobs: boolean | undefined;
  readonly requireActiveVersion: boolean | undefined;
  readonly private: boolean | undefined;
}

/** Only what was asked for: the rest of the template stays as it is. */
function changesOf(flags: EditFlags, template: Template): UpdateTemplateMeta {
  const changes: { [Key in keyof UpdateTemplateMeta]: UpdateTemplateMeta[Key] | undefined } = {
    name: flags.name,
    display_name: flags.displayName,
    description: flags.description,
    icon: flags.icon,
    deprecation_message: flags.deprecated,
    default_ttl_ms: flags.defaultTtl,
    activity_bump_ms: flags.activityBump,
    failure_ttl_ms: flags.failureTtl,
    time_til_dormant_ms: flags.dormancyThreshold,
    time_til_dormant_autodelete_ms: flags.dormancyAutoDeletion,
    autostart_requirement: autostartDays(flags.autostartRequirementWeekdays),
    autostop_requirement: autostopDays(flags, template),
    allow_user_autostart: flags.allowUserAutostart,
    allow_user_autostop: flags.allowUserAutostop,
    allow_user_cancel_workspace_jobs: flags.allowUserCancelWorkspaceJobs,
    require_active_version: flags.requireActiveVersion,
    disable_everyone_group_access: flags.private,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

function autostartDays(days: readonly string[] | undefined): UpdateTemplateMeta["autostart_requirement"] {
  if (days === undefined) return undefined;
  return { days_of_week: days.includes("all") ? [...weekdays] : [...days] };
}

/** Days and weeks travel together; the one that was not named stays. */
function autostopDays(
  { autostopRequirementWeekdays: days, autostopRequirementWeeks: weeks }: EditFlags,
  { autostop_requirement: now }: Template,
): UpdateTemplateMeta["autostop_requirement"] {
  if (days === undefined && weeks === undefined) return undefined;
  const wanted = days?.filter((day) => day !== "none") ?? now.days_of_week;
  return { days_of_week: wanted, weeks: weeks ?? now.weeks };
}
