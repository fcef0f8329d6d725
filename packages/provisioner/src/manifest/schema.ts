import { longestPattern } from "@hearth/sdk/parameter-value";
import { z } from "zod";
import { quantityPattern } from "./quantity.ts";
import { fieldsOf, orList, wholeNumber, type FieldMode } from "./schema-fields.ts";

export const nativeEngines = ["process", "docker", "kubernetes"] as const;
export const parameterTypes = ["string", "number", "bool", "list(string)"] as const;
export const formTypes = [
  "radio",
  "dropdown",
  "input",
  "textarea",
  "slider",
  "checkbox",
  "switch",
  "tag-select",
  "multi-select",
] as const;
export const displayApps = [
  "vscode",
  "vscode_insiders",
  "web_terminal",
  "ssh_helper",
  "port_forwarding_helper",
] as const;
export const sharingLevels = ["owner", "authenticated", "organization", "public"] as const;

/** Agent names ignore case, slugs are lower case. @see spec/builds.md §10.5 */
const agentName = /^[a-zA-Z0-9](-?[a-zA-Z0-9])*$/;
const slug = /^[a-z0-9](-?[a-z0-9])*$/;
const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Shown to people and matched between versions: any characters, but nothing that is filled in and no blanks at the ends. */
// oxlint-disable-next-line no-control-regex -- control characters are what this keeps out
const freeName = /^(?!.*\$\{)(?=\S)(?!.*\s$)[^\u0000-\u001f\u007f]+$/;

const mostText = 65_536;
const mostSeconds = 31_536_000;

const literal = (pattern: RegExp, what: string, most: number): z.ZodString =>
  z.string().min(1, `must be ${what}`).max(most).regex(pattern, `must be ${what}`);
const shownName = (what: string, most = 64): z.ZodString =>
  literal(
    freeName,
    `${what} of 1 to ${most} characters, without \${…}, control characters and blanks at its ends`,
    most,
  );
const shortText = (most: number): z.ZodString => z.string().max(most);
/** A value as parameters have it: text, or YAML's own number, true or false, or a list of texts. */
const parameterValue = z.union(
  [z.string().max(mostText), z.number(), z.boolean(), z.array(z.string().max(mostText)).max(1_000)],
  {
    error: "must be a text, a number, true or false, or a list of texts",
  },
);
const words = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be ${orList(values)}` });

export const Variable = z
  .strictObject({
    name: literal(identifier, "an identifier: letters, digits and _, no digit first", 64).describe(
      "how ${var.name} calls it",
    ),
    description: shortText(4_096).optional(),
    type: words(parameterTypes).optional().describe("string, number, bool or list(string); string if left out"),
    default: parameterValue
      .nullish()
      .describe("the value when the author sets none; without it one must be set at push time"),
    sensitive: z.boolean().optional().describe("true keeps the value out of answers and logs"),
  })
  .describe("a value that the template's author sets at push time");

export const ParameterOption = z.strictObject({
  name: shownName("a name", 128),
  value: parameterValue,
  description: shortText(4_096).optional(),
  icon: shortText(256).optional(),
});

export const ParameterValidation = z.strictObject({
  regex: z.string().max(longestPattern).optional().describe("for texts, in the syntax of RE2; needs error"),
  error: z
    .string()
    .max(1_024)
    .optional()
    .describe("what to tell whoever gives a wrong value; {min}, {max} and {value} are filled in"),
  min: z.number().optional(),
  max: z.number().optional(),
  monotonic: words(["increasing", "decreasing"]).optional(),
});

export const Parameter = z
  .strictObject({
    name: shownName("a name").describe("how ${param.name} calls it; one name for the life of the template"),
    display_name: shortText(128).optional(),
    description: shortText(4_096).optional().describe("markdown"),
    type: words(parameterTypes).optional().describe("string, number, bool or list(string); string if left out"),
    form_type: words(formTypes).optional().describe("how the form asks for it; from the type if left out"),
    icon: shortText(256).optional(),
    default: parameterValue.nullish().describe("without it, the user must give a value"),
    mutable: z.boolean().optional().describe("whether it may change after the first build; false if left out"),
    ephemeral: z.boolean().optional().describe("whether the value holds for one build only; needs mutable and default"),
    order: wholeNumber(-1_000_000, 1_000_000).optional(),
    options: z.array(ParameterOption).min(1).max(200).optional(),
    validation: ParameterValidation.optional(),
  })
  .describe("a value that users choose");

export const Schedule = z.strictObject({
  cron: z.string().max(256).describe("the minutes for which it holds, such as * 8-18 * * 1-5; the minute is always *"),
  instances: wholeNumber(0, 100_000),
});

export const Prebuilds = z.strictObject({
  instances: wholeNumber(0, 100_000).describe("how many workspaces to keep ready"),
  expiration_policy: z
    .strictObject({
      ttl: z
        .number({ error: "must be a number of seconds" })
        .int("must be a whole number of seconds")
        .describe("seconds an unclaimed workspace lives: 0 for ever, else 3600 to 31536000"),
    })
    .optional(),
  scheduling: z
    .strictObject({
      timezone: z.string().max(64).describe("an IANA zone such as Europe/Berlin or UTC"),
      schedule: z.array(Schedule).min(1, "must hold at least one schedule").max(100),
    })
    .optional(),
});

export const Preset = z
  .strictObject({
    name: shownName("a name", 128),
    description: shortText(128).optional(),
    icon: shortText(256).optional(),
    default: z.boolean().optional(),
    parameters: z.record(z.string(), parameterValue).optional(),
    prebuilds: Prebuilds.optional(),
  })
  .describe("values for parameters under one name, with a pool of ready workspaces if wanted");

function workspaceSchema(mode: FieldMode) {
  const field = fieldsOf(mode);
  const quantity = field.pattern(quantityPattern, "a size such as 512MiB or 2GiB", 64);
  return z
    .strictObject({
      engine: words(nativeEngines).describe(orList(nativeEngines)),
      image: field.text(512).optional().describe("docker and kubernetes: what the workspace's container is made of"),
      cpus: field.number({ isPositive: true, most: 4_096 }).optional(),
      memory: quantity.optional().describe("such as 2GiB"),
      user: field.pattern(/^[a-z_][a-z0-9_-]{0,31}$/, "a user name: small letters, digits, _ and -", 64).optional(),
      env: envSchema(mode).optional().describe("for every process of the workspace"),
      volumes: z
        .array(
          z.strictObject({
            name: literal(slug, "a name of small letters, digits and single hyphens", 63),
            path: field.pattern(/^\/[^\0]*$/, "an absolute path", 4_096),
            size: quantity.optional().describe("such as 10GiB"),
          }),
        )
        .max(50)
        .optional()
        .describe("what survives stop and start, and is removed on delete"),
      cost: field
        .number({ least: 0, most: 1_000_000_000, isWhole: true })
        .optional()
        .describe("daily cost, for quotas"),
    })
    .describe("the infrastructure");
}

function envSchema(mode: FieldMode) {
  const name = literal(identifier, "the name of a variable: letters, digits and _, no digit first", 256);
  return z.record(name, fieldsOf(mode).scalarText(mostText));
}

function scriptSchema(mode: FieldMode) {
  const field = fieldsOf(mode);
  const moment = z.string().min(1).max(256);
  return z.strictObject({
    name: shownName("a name"),
    display_name: field.text(127).optional(),
    on: z
      .union([moment, z.array(moment).min(1).max(10)], {
        error: "must be start, stop, claim or a cron expression, or a list of these",
      })
      .describe("start, stop, claim, a cron expression such as 0 3 * * *, or a list of these"),
    run: field.text(mostText * 4).describe("what a shell runs"),
    timeout: field
      .number({ least: 0, most: mostSeconds, isWhole: true })
      .optional()
      .describe("seconds; 0 for no limit"),
    blocks_login: field.flag().optional().describe("for on: start; whether logins wait for it"),
    log_path: field.text(4_096).optional(),
    icon: field.text(256).optional(),
  });
}

function metadataSchema(mode: FieldMode) {
  const field = fieldsOf(mode);
  return z.strictObject({
    key: shownName("a key", 127),
    display_name: field.text(127).optional(),
    script: field.text(mostText),
    interval: field.number({ least: 0, most: mostSeconds, isWhole: true }).describe("seconds between runs; 0 for once"),
    timeout: field.number({ least: 0, most: mostSeconds, isWhole: true }).optional().describe("seconds"),
    order: field.number({ least: -1_000_000, most: 1_000_000, isWhole: true }).optional(),
  });
}

function appSchema(mode: FieldMode) {
  const field = fieldsOf(mode);
  return z.strictObject({
    slug: literal(slug, "small letters, digits and single hyphens", 64),
    display_name: field.text(64).optional(),
    url: field.text(65_534).optional().describe("where it listens inside the workspace"),
    command: field.text(65_534).optional().describe("what a terminal runs; in the place of url"),
    icon: field.text(256).optional(),
    share: field.oneOf(sharingLevels).optional().describe(orList(sharingLevels)),
    subdomain: field.flag().optional(),
    external: field.flag().optional().describe("whether url is opened as it is, from the browser"),
    healthcheck: z
      .strictObject({
        url: field.text(65_534),
        interval: field.number({ least: 1, most: mostSeconds, isWhole: true }).describe("seconds"),
        threshold: field
          .number({ least: 1, most: 1_000_000, isWhole: true })
          .describe("failures in a row until it counts as unhealthy"),
      })
      .optional(),
    order: field.number({ least: -1_000_000, most: 1_000_000, isWhole: true }).optional(),
    group: field.text(64).optional(),
    hidden: field.flag().optional(),
    open_in: field.oneOf(["slim-window", "tab"]).optional(),
    tooltip: field.text(2_048).optional(),
  });
}

function agentSchema(mode: FieldMode) {
  const field = fieldsOf(mode);
  return z
    .strictObject({
      name: literal(agentName, "letters, digits and single hyphens", 64),
      directory: field
        .text(4_096)
        .optional()
        .describe("where shells and editors begin; the home directory if left out"),
      env: envSchema(mode).optional(),
      startup_blocks_login: field
        .flag()
        .optional()
        .describe("what scripts on: start do when they do not say blocks_login"),
      connection_timeout: field
        .number({ least: 0, most: mostSeconds, isWhole: true })
        .optional()
        .describe("seconds; 0 for never, 120 if left out"),
      troubleshooting_url: field.text(1_024).optional(),
      motd_file: field.text(4_096).optional(),
      order: field.number({ least: -1_000_000, most: 1_000_000, isWhole: true }).optional(),
      scripts: z.array(scriptSchema(mode)).max(100).optional(),
      metadata: z.array(metadataSchema(mode)).max(100).optional(),
      apps: z.array(appSchema(mode)).max(200).optional(),
      display_apps: z.array(words(displayApps)).max(displayApps.length).optional(),
      env_from_secrets: z
        .boolean()
        .optional()
        .describe("whether the owner's secrets come into its environment; true if left out"),
    })
    .describe("a program inside the workspace that connects it");
}

export const Workspace = workspaceSchema("written");
export const Agent = agentSchema("written");

/** `hearth.yaml` as it is written. @see spec/native-templates.md */
export const Manifest = z.strictObject({
  name: literal(/^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/, "letters, digits and single hyphens", 64)
    .optional()
    .describe("suggestion for the template's name"),
  description: shortText(128).optional(),
  icon: shortText(256).optional(),
  tags: z
    .record(z.string().min(1).max(256), fieldsOf("written").scalarText(1_024))
    .optional()
    .describe("which provisioners may run its builds; values may use ${param.…} and ${var.…}"),
  variables: z.array(Variable).max(200).optional(),
  parameters: z.array(Parameter).max(200).optional(),
  presets: z.array(Preset).max(200).optional(),
  workspace: Workspace,
  agents: z.array(Agent).min(1, "must hold at least one agent").max(16),
});
export type Manifest = z.output<typeof Manifest>;
export type Variable = z.output<typeof Variable>;
export type Parameter = z.output<typeof Parameter>;
export type Preset = z.output<typeof Preset>;
export type Agent = z.output<typeof Agent>;

/** What a build uses of a manifest, once everything is filled in. */
export const EvaluatedBuildShape = z.object({
  workspace: workspaceSchema("evaluated"),
  agents: z.array(agentSchema("evaluated")),
});
