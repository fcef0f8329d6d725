import path from "node:path";
import {
  endpoints,
  type Client,
  type Template,
  type TemplateVersion,
  type TemplateVersionVariable,
  type VariableValue,
  provisionerType,
} from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { JobFailed } from "#build/follow-job.ts";
import { organization, textOutput, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { Failure, UsageError } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { parseAssignments } from "#parameters/assignments.ts";
import { readValuesFile } from "#parameters/parameter-file.ts";
import { followImport } from "./follow-import.ts";
import { findPushSource, packSource } from "./push-source.ts";
import { findTemplate } from "./resolve-template.ts";

export const push = defineCommand({
  summary: "Make a template, or a new version of one, from a directory",
  args: {
    template: z.string().optional().meta({ description: "its name, or a directory; without it the current directory" }),
  },
  options: {
    directory: z
      .string()
      .optional()
      .meta({ short: "d", value: "dir", description: "directory to push; - is a tar on standard input" }),
    name: z
      .string()
      .optional()
      .meta({ value: "version", description: "of the version; without it the server makes one up" }),
    message: z.string().optional().meta({ short: "m", value: "text", description: "what is new in it" }),
    activate: z.boolean().default(true).meta({ description: "let workspaces be made with it from now on" }),
    variable: z
      .array(z.string())
      .default([])
      .meta({ value: "name=value", description: "value of a template variable" }),
    variablesFile: z
      .string()
      .optional()
      .meta({ value: "file", description: "YAML file that maps variable names to values" }),
    provisionerTag: z
      .array(z.string())
      .default([])
      .meta({ value: "name=value", description: "which provisioners take its builds" }),
    organization,
    output: textOutput,
    yes,
  },
  examples: [
    { what: "A directory, under its own name", line: "hearth templates push ./docker" },
    { what: "A version that nobody gets yet", line: "hearth templates push docker -d . --name v2 --no-activate" },
  ],
  async run(input, means) {
    const { client, out, terminal, signal, cwd } = means;
    const source = await findPushSource(input.template, input.directory, cwd);
    const variables = await gatherVariables(input, cwd);
    const tags = Object.fromEntries(parseAssignments("--provisioner-tag", input.provisionerTag));
    const [{ id: organizationId }, archive] = await Promise.all([
      resolveOrganization(client, input.organization),
      packSource(source, terminal, signal),
    ]);
    const existing = await findTemplate(client, organizationId, source.name);
    const from = source.directory === undefined ? "standard input" : source.directory;
    out.note(`Pushing ${from} as ${existing === undefined ? "new template" : "template"} "${source.name}".`);

    const { hash } = await client.call(endpoints.files.uploadFile, { body: archive, contentType: "application/x-tar" });
    const draft: Draft = {
      organizationId,
      fileId: hash,
      templateId: existing?.id,
      name: input.name,
      message: input.message,
      tags: Object.keys(tags).length > 0 || existing === undefined ? tags : await tagsOf(client, existing),
    };
    const version = await importVersion(draft, variables, means);
    const template = await settle(existing, version, source.name, draft, input.activate, client);
    if (input.output === "json") out.json(version);
    else out.line(sentence(template, version, existing, input.activate));
  },
});

interface Draft {
  readonly organizationId: string;
  readonly fileId: string;
  readonly templateId: string | undefined;
  readonly name: string | undefined;
  readonly message: string | undefined;
  readonly tags: Record<string, string>;
}

async function gatherVariables(
  input: { variable: readonly string[]; variablesFile: string | undefined },
  cwd: string,
): Promise<VariableValue[]> {
  const fromFile =
    input.variablesFile === undefined
      ? new Map<string, string>()
      : await readValuesFile(path.resolve(cwd, input.variablesFile));
  const values = new Map([...fromFile, ...parseAssignments("--variable", input.variable)]);
  return [...values].map(([name, value]) => ({ name, value }));
}

/** A new version goes where the active one goes, unless told otherwise. */
async function tagsOf(client: Client, template: Template): Promise<Record<string, string>> {
  const params = { templateversion: template.active_version_id };
  return (await client.call(endpoints.templateVersions.getTemplateVersion, { params })).job.tags;
}

/** Imports a version; when it wants variables that it was not given, asks for them and tries once more. */
async function importVersion(
  draft: Draft,
  variables: readonly VariableValue[],
  means: Means,
): Promise<TemplateVersion> {
  try {
    return await followImport(await createVersion(draft, variables, means.client), means);
  } catch (error) {
    const failed = failedVersion(error);
    if (failed?.job.error_code !== "REQUIRED_TEMPLATE_VARIABLES") throw error;
    const missing = await missingVariables(failed, variables, means.client);
    // A server that does not say which: the failure's own words do.
    if (missing.length === 0) throw error;
    const asked = await askVariables(missing, means.prompt);
    // The name is taken by the version that failed.
    return await followImport(
      await createVersion({ ...draft, name: undefined }, [...variables, ...asked], means.client),
      means,
    );
  }
}

function failedVersion(error: unknown): TemplateVersion | undefined {
  if (!(error instanceof Failure) || !(error.cause instanceof JobFailed)) return undefined;
  // `followImport` follows versions and nothing else.
  return error.cause.subject as TemplateVersion;
}

async function createVersion(
  draft: Draft,
  variables: readonly VariableValue[],
  client: Client,
): Promise<TemplateVersion> {
  return await client.call(endpoints.templateVersions.createTemplateVersion, {
    params: { organization: draft.organizationId },
    body: {
      storage_method: "file",
      provisioner: provisionerType,
      file_id: draft.fileId,
      message: draft.message ?? "Uploaded from the CLI",
      tags: draft.tags,
      user_variable_values: [...variables],
      ...(draft.name === undefined ? {} : { name: draft.name }),
      ...(draft.templateId === undefined ? {} : { template_id: draft.templateId }),
    },
  });
}

async function missingVariables(
  version: TemplateVersion,
  given: readonly VariableValue[],
  client: Client,
): Promise<TemplateVersionVariable[]> {
  const params = { templateversion: version.id };
  const all = await client.call(endpoints.templateVersions.listTemplateVersionVariables, { params });
  return all.filter((variable) => variable.required && !given.some(({ name }) => name === variable.name));
}

async function askVariables(
  missing: readonly TemplateVersionVariable[],
  prompt: Means["prompt"],
): Promise<VariableValue[]> {
  if (!prompt.canAsk) {
    const flags = missing.map(({ name }) => `--variable ${name}=…`).join(" ");
    throw new UsageError(`The template needs values for its variables: ${flags}`);
  }
  const answers: VariableValue[] = [];
  for (const { name, description, sensitive } of missing) {
    const question = { message: description === "" ? name : `${name}: ${description}`, flag: `--variable ${name}=…` };
    answers.push({ name, value: await (sensitive ? prompt.password(question) : prompt.text(question)) });
  }
  return answers;
}

/** Makes a template of its first version, or the new version the active one. */
async function settle(
  existing: Template | undefined,
  version: TemplateVersion,
  name: string,
  { organizationId }: Draft,
  activate: boolean,
  client: Client,
): Promise<Template> {
  if (existing === undefined) {
    return await client.call(endpoints.templates.createTemplate, {
      params: { organization: organizationId },
      body: { name, template_version_id: version.id },
    });
  }
  if (activate) {
    await client.call(endpoints.templates.promoteTemplateVersion, {
      params: { template: existing.id },
      body: { id: version.id },
    });
  }
  return existing;
}

function sentence(
  template: Template,
  version: TemplateVersion,
  existing: Template | undefined,
  activate: boolean,
): string {
  if (existing === undefined) return `Template "${template.name}" is created, with version "${version.name}".`;
  if (activate) return `Version "${version.name}" of template "${template.name}" is active.`;
  return `Version "${version.name}" of template "${template.name}" is there, and not active.`;
}
