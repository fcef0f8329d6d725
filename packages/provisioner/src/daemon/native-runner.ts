import { randomUUID } from "node:crypto";
import { messageOf } from "@hearth/base";
import type { TemplateFiles } from "../archive/index.ts";
import type { Engine, EngineOutcome, EngineRequest, EngineState } from "../engines/engine.ts";
import { readEngineState, writeEngineState } from "../engines/read-state.ts";
import { EngineError, JobError } from "../errors.ts";
import {
  describeTemplate,
  evaluateBuild,
  formatProblem,
  ManifestError,
  manifestFile,
  parseManifest,
  resourcesOf,
  type EvaluatedBuild,
  type Manifest,
  type ManifestProblem,
  type TemplateDescription,
} from "../manifest/index.ts";
import type { AgentDeclaration, BuildJob, BuildResult, ImportJob, ImportResult } from "../protocol.ts";
import type { JobContext, TemplateLanguage } from "./template-language.ts";

/** What a build's log calls its apply. @see spec/builds.md §10.3 */
const applyStage = { start: "Starting workspace", stop: "Stopping workspace", delete: "Destroying workspace" } as const;

/** Runs jobs of native templates (`hearth.yaml`) on the engines of this machine. */
export class NativeRunner implements TemplateLanguage {
  readonly name = "native";
  readonly #engines: ReadonlyMap<string, Engine>;
  /** Read manifests live as long as the archive they are of; by the variables' values. */
  readonly #manifests = new WeakMap<TemplateFiles, Map<string, Manifest>>();

  constructor(engines: readonly Engine[]) {
    this.#engines = new Map(engines.map((engine) => [engine.name, engine]));
  }

  get engines(): TemplateLanguage["engines"] {
    return [...this.#engines.values()].map((engine) => engine.name);
  }

  async importVersion(job: ImportJob, files: TemplateFiles, context: JobContext): Promise<ImportResult> {
    context.stage("Parsing template parameters");
    const described = await context.timed("init", "parse", async () => describeTemplate(files, job.variables));
    if (!described.ok) {
      if (described.missingVariables.length > 0) refuseMissingVariables(described.missingVariables, described.problems);
      throw problemsError(described.problems);
    }
    const { manifest, readme, startResources, stopResources, warnings } = described.description;
    for (const warning of warnings) context.log("warn", formatProblem(warning));
    context.stage("Detecting persistent resources");
    const engine = await context.timed("plan", "start", () => this.#checkEngine(described.description, context));
    context.stage("Detecting ephemeral resources");
    context.stage("Cleaning Up");
    return {
      type: "template_version_import",
      language: this.name,
      engine: manifest.engine,
      claimTouchesInfrastructure: engine.facts.claimTouchesInfrastructure,
      readme,
      tags: manifest.tags,
      parameters: manifest.parameters,
      variables: manifest.variables,
      presets: manifest.presets,
      startResources,
      stopResources,
      timings: context.timings,
      suggested: manifest.suggested,
    };
  }

  async build(job: BuildJob, files: () => Promise<TemplateFiles>, context: JobContext): Promise<BuildResult> {
    if (job.transition === "start" && job.stage === "claim") return await this.#claim(job, files, context);
    context.stage("Setting up");
    const state = readEngineState(job.state);
    const evaluated = await context.timed("init", "evaluate", () => this.#evaluate(job, files, context));
    const engine = this.#engineFor(job, evaluated, state);
    context.stage("Planning Infrastructure");
    const agents = evaluated ? withTokens(job, evaluated.agents) : [];
    const request = requestOf(job, evaluated, agents, state);
    await context.timed("plan", job.transition, async () => {
      for (const { action, resource } of engine.plan(request)) context.log("info", `${action} ${resource}`);
    });
    // A stopped workspace costs nothing: what stays of it is counted with it when it runs.
    if (job.transition === "start") await context.commitQuota(request.settings?.dailyCost ?? 0);
    if (job.transition === "stop") await context.commitQuota(0);
    context.stage(applyStage[job.transition]);
    const outcome = await context.timed("apply", job.transition, () => apply(engine, request, context));
    context.stage("Cleaning Up");
    return resultOf(job, evaluated, outcome, context);
  }

  /** A claim has someone waiting: no plan, and no more lines than worth a look. */
  async #claim(job: BuildJob, files: () => Promise<TemplateFiles>, context: JobContext): Promise<BuildResult> {
    context.stage(applyStage.start);
    const state = readEngineState(job.state);
    const evaluated = fillIn(this.#manifestOf(await files(), job), job);
    const engine = this.#engineFor(job, evaluated, state);
    await context.commitQuota(evaluated.settings.dailyCost);
    const request = requestOf(job, evaluated, evaluated.agents, state);
    const outcome = await context.timed("apply", "claim", () => apply(engine, request, context));
    if (outcome.identityOnlyClaim) context.log("info", "The workspace runs already; it changes hands.");
    return resultOf(job, evaluated, outcome, context);
  }

  async #checkEngine({ manifest, sample }: TemplateDescription, context: JobContext): Promise<Engine> {
    const at = (message: string): JobError =>
      problemsError([
        manifest.document.problem(["workspace", "engine"], message, { allowed: this.engines.join(", ") }),
      ]);
    const engine = this.#engines.get(manifest.engine);
    if (!engine) throw at(`The engine "${manifest.engine}" is not part of this provisioner.`);
    const availability = await engine.checkAvailability(context.signal);
    if (!availability.available) {
      throw at(`The engine "${engine.name}" cannot work on this provisioner: ${availability.reason}.`);
    }
    const warnings = sample ? engine.settingWarnings(sample.settings) : [];
    for (const warning of [...availability.warnings, ...warnings]) context.log("warn", warning);
    return engine;
  }

  /**
   * The manifest filled in for this build. A stop or delete goes on without it when the template no longer evaluates:
   * what was built must be able to go away. @see spec/builds.md P-2
   */
  async #evaluate(
    job: BuildJob,
    files: () => Promise<TemplateFiles>,
    context: JobContext,
  ): Promise<EvaluatedBuild | undefined> {
    try {
      const manifest = this.#manifestOf(await files(), job);
      if (job.transition === "start") refuseMissingParameters(manifest, job);
      return fillIn(manifest, job);
    } catch (error) {
      if (job.transition === "start" || context.signal.aborted) throw error;
      const why = messageOf(error);
      context.log("warn", `The template cannot be evaluated any more, going on without it: ${why}`);
      return undefined;
    }
  }

  #manifestOf(files: TemplateFiles, job: BuildJob): Manifest {
    const byVariables = this.#manifests.get(files) ?? new Map<string, Manifest>();
    this.#manifests.set(files, byVariables);
    const key = JSON.stringify(job.variables);
    const known = byVariables.get(key);
    if (known) return known;
    const parsed = parseManifest(files.get(manifestFile) ?? new Uint8Array(), job.variables);
    if (!parsed.ok) throw problemsError(parsed.problems);
    if (parsed.missingVariables.length > 0 && job.transition === "start") {
      refuseMissingVariables(parsed.missingVariables, []);
    }
    byVariables.set(key, parsed.manifest);
    return parsed.manifest;
  }

  /** Who made what there is; for the first build, whom the manifest names. */
  #engineFor(job: BuildJob, evaluated: EvaluatedBuild | undefined, state: EngineState | undefined): Engine {
    const wanted = evaluated?.settings.engine;
    if (job.transition === "start" && state && wanted !== undefined && state.engine !== wanted) {
      throw new JobError(
        `The workspace was built by the engine "${state.engine}", and this template version asks for "${wanted}". A workspace stays with its engine: make a new one from this version.`,
      );
    }
    const name = state?.engine ?? wanted;
    if (name === undefined) {
      throw new JobError(
        "Neither the workspace's state nor its template says which engine built it; nothing can be ended.",
      );
    }
    const engine = this.#engines.get(name);
    if (engine) return engine;
    throw new JobError(
      `The engine "${name}" is not part of this provisioner, which has ${this.engines.join(", ") || "none"}.`,
    );
  }
}

/** @throws JobError with all that is wrong, each at its place in the file */
function fillIn(manifest: Manifest, job: BuildJob): EvaluatedBuild {
  try {
    return evaluateBuild(manifest, job);
  } catch (error) {
    if (error instanceof ManifestError) throw new JobError(error.message, { cause: error });
    throw error;
  }
}

async function apply(engine: Engine, request: EngineRequest, context: JobContext): Promise<EngineOutcome> {
  try {
    return await engine.apply(request, { signal: context.signal, log: context.log });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new JobError(error.message, { cause: error, state: error.state && writeEngineState(error.state) });
  }
}

function resultOf(
  job: BuildJob,
  evaluated: EvaluatedBuild | undefined,
  outcome: EngineOutcome,
  context: JobContext,
): BuildResult {
  const resources = evaluated ? resourcesOf(evaluated.settings, outcome.agents, job.transition, outcome.metadata) : [];
  return {
    type: "workspace_build",
    resources,
    state: writeEngineState(outcome.state),
    dailyCost: resources.reduce((sum, resource) => sum + resource.dailyCost, 0),
    timings: [...context.timings, ...outcome.timings],
    identityOnlyClaim: outcome.identityOnlyClaim,
  };
}

/** In a start each agent gets a token of its own; those that run already keep theirs. */
function withTokens(job: BuildJob, agents: readonly AgentDeclaration[]): readonly AgentDeclaration[] {
  return job.transition === "start" ? agents.map((agent) => ({ ...agent, token: randomUUID() })) : agents;
}

function requestOf(
  job: BuildJob,
  evaluated: EvaluatedBuild | undefined,
  agents: readonly AgentDeclaration[],
  state: EngineState | undefined,
): EngineRequest {
  const { buildId, transition, stage, organizationId, workspace, template, owner, accessUrl } = job;
  return {
    buildId,
    transition,
    stage,
    organizationId,
    workspace,
    template,
    owner: { id: owner.id, name: owner.name, mayRunUnsandboxed: owner.mayRunUnsandboxed },
    settings: evaluated?.settings,
    agents,
    state,
    accessUrl,
  };
}

function problemsError(problems: readonly ManifestProblem[]): JobError {
  return new JobError(problems.map(formatProblem).join("\n"));
}

function refuseMissingVariables(missing: readonly string[], problems: readonly ManifestProblem[]): never {
  const names = missing.map((name) => `"${name}"`).join(", ");
  const message = `The template's required variables have no value: ${names}. Give each one when you push, with --variable NAME=VALUE.`;
  throw new JobError([message, ...problems.map(formatProblem)].join("\n"), {
    errorCode: "REQUIRED_TEMPLATE_VARIABLES",
  });
}

function refuseMissingParameters(manifest: Manifest, job: BuildJob): void {
  const given = new Set(job.parameters.map(({ name }) => name));
  const missing = manifest.parameters.filter(({ name, required }) => required && !given.has(name));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => `"${name}"`).join(", ");
  throw new JobError(`The build gives no value for the required parameters ${names}.`, {
    errorCode: "MISSING_TEMPLATE_PARAMETER",
  });
}
