import { z } from "zod";
import { DisplayApp, EngineName, ParameterFormType } from "@hearth/sdk";
import type * as protocol from "./protocol.ts";

// The protocol's words as both ends check them: a daemon of another release, or another's engine, is not believed. Each
// schema gives what the protocol's type of the same name says, or it does not compile.

const names = z.array(z.object({ name: z.string(), value: z.string() }));
const Language: z.ZodType<protocol.LanguageName> = z.enum(["native", "terraform"]);
const ParameterType = z.enum(["string", "number", "bool", "list(string)"]);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "must be bytes");
const texts = z.record(z.string(), z.string());

const Timing: z.ZodType<protocol.JobTiming> = z.object({
  stage: z.enum(["init", "plan", "graph", "apply"]),
  source: z.string(),
  action: z.string(),
  resource: z.string(),
  // What is no instant is left out when it is stored, and fails nothing.
  startedAtMs: z.custom<number>((value) => typeof value === "number"),
  endedAtMs: z.custom<number>((value) => typeof value === "number"),
});

const Parameter: z.ZodType<protocol.ParameterDeclaration> = z.object({
  name: z.string(),
  displayName: z.string(),
  description: z.string(),
  type: ParameterType,
  formType: ParameterFormType,
  mutable: z.boolean(),
  ephemeral: z.boolean(),
  required: z.boolean(),
  defaultValue: z.string(),
  icon: z.string(),
  displayOrder: z.number(),
  options: z.array(z.object({ name: z.string(), description: z.string(), value: z.string(), icon: z.string() })),
  validationRegex: z.string(),
  validationError: z.string(),
  validationMin: z.number().or(z.undefined()),
  validationMax: z.number().or(z.undefined()),
  validationMonotonic: z.enum(["", "increasing", "decreasing"]),
  deliverableAtClaim: z.boolean(),
});

const Variable: z.ZodType<protocol.VariableDeclaration> = z.object({
  name: z.string(),
  description: z.string(),
  type: ParameterType,
  value: z.string(),
  defaultValue: z.string(),
  required: z.boolean(),
  sensitive: z.boolean(),
});

const Preset: z.ZodType<protocol.PresetDeclaration> = z.object({
  name: z.string(),
  description: z.string(),
  icon: z.string(),
  isDefault: z.boolean(),
  parameters: names,
  prebuilds: z
    .object({
      instances: z.int(),
      ttlSeconds: z.number(),
      timezone: z.string(),
      schedules: z.array(z.object({ cron: z.string(), instances: z.int() })),
    })
    .or(z.undefined()),
});

const Script: z.ZodType<protocol.ScriptDeclaration> = z.object({
  displayName: z.string(),
  script: z.string(),
  cron: z.string(),
  runOnStart: z.boolean(),
  runOnStop: z.boolean(),
  runOnClaim: z.boolean(),
  startBlocksLogin: z.boolean(),
  timeoutSeconds: z.number(),
  logPath: z.string(),
  icon: z.string(),
});

const Metadata: z.ZodType<protocol.MetadataDeclaration> = z.object({
  key: z.string(),
  displayName: z.string(),
  script: z.string(),
  intervalSeconds: z.number(),
  timeoutSeconds: z.number(),
  displayOrder: z.number(),
});

const App: z.ZodType<protocol.AppDeclaration> = z.object({
  slug: z.string(),
  displayName: z.string(),
  icon: z.string(),
  url: z.string(),
  command: z.string(),
  external: z.boolean(),
  subdomain: z.boolean(),
  share: z.enum(["owner", "authenticated", "organization", "public"]),
  displayOrder: z.number(),
  hidden: z.boolean(),
  openIn: z.enum(["slim-window", "tab"]),
  tooltip: z.string(),
  displayGroup: z.string(),
  healthcheck: z.object({ url: z.string(), intervalSeconds: z.number(), threshold: z.number() }).or(z.undefined()),
});

const Agent: z.ZodType<protocol.AgentDeclaration> = z.object({
  name: z.string(),
  operatingSystem: z.string(),
  architecture: z.string(),
  directory: z.string(),
  env: texts,
  connectionTimeoutSeconds: z.number(),
  troubleshootingUrl: z.string(),
  motdFile: z.string(),
  displayApps: z.array(DisplayApp),
  displayOrder: z.number(),
  scripts: z.array(Script),
  metadata: z.array(Metadata),
  apps: z.array(App),
  envFromSecrets: z.boolean(),
  token: z.string().or(z.undefined()),
});

const Resource: z.ZodType<protocol.ResourceDeclaration> = z.object({
  type: z.string(),
  name: z.string(),
  hide: z.boolean(),
  icon: z.string(),
  dailyCost: z.number(),
  metadata: z.array(z.object({ key: z.string(), value: z.string(), sensitive: z.boolean() })),
  agents: z.array(Agent),
});

const base = {
  id: z.string(),
  epoch: z.int(),
  organizationId: z.string(),
  initiatorId: z.string(),
  file: z.object({
    id: z.string(),
    read: z.custom<protocol.AcquiredJob["file"]["read"]>((value) => typeof value === "function"),
  }),
};

/** What a worker is told of an import. */
export const ImportJob: z.ZodType<protocol.ImportJob> = z.object({
  ...base,
  type: z.literal("template_version_import"),
  templateVersionId: z.string(),
  variables: names,
});

/** What a worker is told of a build. */
export const BuildJob: z.ZodType<protocol.BuildJob> = z.object({
  ...base,
  type: z.literal("workspace_build"),
  buildId: z.string(),
  transition: z.enum(["start", "stop", "delete"]),
  stage: z.enum(["none", "create", "claim"]),
  startCount: z.int(),
  workspace: z.object({ id: z.string(), name: z.string() }),
  template: z.object({ id: z.string(), name: z.string(), version: z.string() }),
  owner: z.object({
    id: z.string(),
    name: z.string(),
    fullName: z.string(),
    email: z.string(),
    groups: z.array(z.string()),
    sshPublicKey: z.string(),
    mayRunUnsandboxed: z.boolean(),
  }),
  isPrebuild: z.boolean(),
  parameters: names,
  variables: names,
  state: bytes.or(z.undefined()),
  accessUrl: z.string(),
  logLevel: z.enum(["", "debug"]),
});

/** What an import found. */
export const ImportResult: z.ZodType<protocol.ImportResult> = z.object({
  type: z.literal("template_version_import"),
  language: Language,
  engine: EngineName,
  claimTouchesInfrastructure: z.boolean(),
  readme: z.string(),
  tags: texts,
  parameters: z.array(Parameter),
  variables: z.array(Variable),
  presets: z.array(Preset),
  startResources: z.array(Resource),
  stopResources: z.array(Resource),
  timings: z.array(Timing),
  suggested: z.object({ name: z.string(), description: z.string(), icon: z.string() }),
});

/** What a build made. */
export const BuildResult: z.ZodType<protocol.BuildResult> = z.object({
  type: z.literal("workspace_build"),
  resources: z.array(Resource),
  state: bytes,
  dailyCost: z.int(),
  timings: z.array(Timing),
  identityOnlyClaim: z.boolean(),
});

/** Why and with what a job failed, as its worker says it. */
export const JobFailure: z.ZodType<protocol.JobFailure> = z.object({
  error: z.string(),
  errorCode: z.enum(["", "REQUIRED_TEMPLATE_VARIABLES", "MISSING_TEMPLATE_PARAMETER", "INSUFFICIENT_QUOTA"]),
  state: bytes.or(z.undefined()),
});
