import { randomUUID } from "node:crypto";
import type { TemplateFiles } from "../archive/index.ts";
import type { Engine, EngineRequest, EngineState } from "../engines/engine.ts";
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
} from "../manifest/index.ts";
import type { AgentDeclaration, BuildJob, BuildResult, ImportJob, ImportResult } from "../protocol.ts";
import type { JobContext, TemplateRunner } from "./template-runner.ts";

/** What a build's log calls its apply. @see spec/builds.md §10.3 */
const applyStage = { start: "Starting workspace", stop: "Stopping workspace", delete: "Destroying workspace" } as const;

/** Runs jobs of native templates (`hearth.yaml`) on the engines of this machine. */
export class NativeRunner implements TemplateRunner {
  readonly #engines: ReadonlyMap<string, Engine>;
  /** Parsed manifests live as long as the archive they are of. */
  readonly #manifests = new WeakMap<TemplateFiles, Map<string, Manifest>>();

  constructor(engines: readonly Engine[]) {
    this.#engines = new Map(engines.map((engine) => [engine.name, engine]));
  }

  get engines(): TemplateRunner["engines"] {
    return [...this.#engines.values()].map((engine) => engine.name);
  }

  async importVersion(job: ImportJob, files: TemplateFiles, context: JobContext): Promise<ImportResult> {
    context.stage("Parsing template parameters");
    const described = await context.timed("init", "parse", () =>
      Promise.resolve(describeTemplate(files, job.variables)),
    );
    if (!described.ok) {
      for (const problem of described.problems) context.log("error", formatProblem(problem));
      if (described.missingVariables.length > 0) {
        throw new JobError(
          `The template needs values for ${described.missingVariables.join(", ")}: give each with --variable NAME=VALUE.`,
          { errorCode: "REQUIRED_TEMPLATE_VARIABLES" },
        );
      }
      throw new JobError(described.problems.map(formatProblem).join("\n"));
    }
    const { manifest, sample, warnings, startResources, stopResources, readme } = described.description;
    for (const warning of warnings) context.log("warn", formatProblem(warning));
    context.stage("Detecting persistent resources");
    const engine = this.#engineOf(manifest.engine);
    const availability = await engine.checkAvailability(context.signal);
    if (!availability.available) {
      throw new JobError(`The engine "${engine.name}" cannot work on this provisioner: ${availability.reason}`);
    }
    const settingWarnings = sample === undefined ? [] : engine.settingWarnings(sample.settings);
    for (const warning of [...availability.warnings, ...settingWarnings]) context.log("warn", warning);
    context.stage("Detecting ephemeral resources");
    context.stage("Cleaning Up");
    return {
      type: "template_version_import",
      engine: manifest.engine,
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
    context.stage("Setting up");
    const state = readState(job.state);
    const evaluated = await this.#evaluate(job, files, context);
    const engine = this.#engineOf(evaluated?.settings.engine ?? state?.engine ?? "process");
    if (job.transition === "start") {
      if (evaluated === undefined) throw new JobError("The template cannot be evaluated.");
      context.stage("Planning Infrastructure");
      for (const action of engine.plan(requestOf(job, evaluated, evaluated.agents, state))) {
        context.log("info", `${action.action} ${action.resource}`);
      }
    }
    if (job.transition !== "delete") await context.commitQuota(evaluated?.settings.dailyCost ?? 0);
    context.stage(applyStage[job.transition]);
    const agents = evaluated === undefined ? [] : withTokens(job, evaluated.agents);
    const request = requestOf(job, evaluated, agents, state);
    const outcome = await context.timed("apply", job.transition, async () => {
      try {
        return await engine.apply(request, { signal: context.signal, log: context.log });
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        throw new JobError(error.message, {
          cause: error,
          state: error.state === undefined ? undefined : writeState(error.state),
        });
      }
    });
    const resources =
      evaluated === undefined ? [] : resourcesOf(evaluated.settings, outcome.agents, job.transition, outcome.metadata);
    return {
      type: "workspace_build",
      resources,
      state: writeState(outcome.state),
      dailyCost: resources.reduce((sum, resource) => sum + resource.dailyCost, 0),
      timings: [...context.timings, ...outcome.timings],
      identityOnlyClaim: outcome.identityOnlyClaim,
    };
  }

  /**
   * The manifest filled in for this build. A stop or delete goes on without it when the template no longer evaluates:
   * what was built must be able to go away (builds spec, P-2).
   */
  async #evaluate(
    job: BuildJob,
    files: () => Promise<TemplateFiles>,
    context: JobContext,
  ): Promise<EvaluatedBuild | undefined> {
    try {
      const manifest = this.#manifestOf(await files(), job);
      return evaluateBuild(manifest, {
        transition: job.transition,
        startCount: job.startCount,
        isPrebuild: job.isPrebuild,
        workspace: job.workspace,
        owner: job.owner,
        template: job.template,
        parameters: job.parameters,
        variables: job.variables,
        accessUrl: job.accessUrl,
      });
    } catch (error) {
      if (!(error instanceof ManifestError || error instanceof JobError)) throw error;
      if (job.transition === "start") throw new JobError(error.message, { cause: error });
      context.log("warn", `The template cannot be evaluated any more, going on without it: ${error.message}`);
      return undefined;
    }
  }

  #manifestOf(files: TemplateFiles, job: BuildJob): Manifest {
    const byVariables = this.#manifests.get(files) ?? new Map<string, Manifest>();
    this.#manifests.set(files, byVariables);
    const key = JSON.stringify(job.variables);
    const known = byVariables.get(key);
    if (known !== undefined) return known;
    const parsed = parseManifest(files.get(manifestFile) ?? new Uint8Array(), job.variables);
    if (!parsed.ok) throw new JobError(parsed.problems.map(formatProblem).join("\n"));
    byVariables.set(key, parsed.manifest);
    return parsed.manifest;
  }

  #engineOf(name: string): Engine {
    const engine = this.#engines.get(name);
    if (engine !== undefined) return engine;
    const known = this.engines.join(", ");
    throw new JobError(
      `The engine "${name}" is not part of this provisioner; it has ${known === "" ? "none" : known}.`,
    );
  }
}

/** In a start each agent gets a token of its own; a claim keeps those that the running agents have. */
function withTokens(job: BuildJob, agents: readonly AgentDeclaration[]): AgentDeclaration[] {
  const isNew = job.transition === "start" && job.stage !== "claim";
  return agents.map((agent) => ({ ...agent, token: isNew ? randomUUID() : undefined }));
}

function requestOf(
  job: BuildJob,
  evaluated: EvaluatedBuild | undefined,
  agents: readonly AgentDeclaration[],
  state: EngineState | undefined,
): EngineRequest {
  return {
    buildId: job.buildId,
    transition: job.transition,
    stage: job.stage,
    organizationId: job.organizationId,
    workspace: job.workspace,
    template: job.template,
    owner: { id: job.owner.id, name: job.owner.name, mayRunUnsandboxed: job.owner.mayRunUnsandboxed },
    settings: evaluated?.settings,
    agents,
    state,
    accessUrl: job.accessUrl,
  };
}

/** What an engine stored; something unreadable counts as lost, and the engine finds its own by label or pid file. */
function readState(bytes: Uint8Array | undefined): EngineState | undefined {
  if (bytes === undefined || bytes.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const isState =
      typeof value === "object" && value !== null && "engine" in value && typeof value.engine === "string";
    return isState ? (value as EngineState) : undefined; // the shape that engines write, checked as far as it is known here
  } catch {
    return undefined;
  }
}

function writeState(state: EngineState): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(state));
}
