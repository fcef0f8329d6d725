import type { z } from "zod";
import type { WorkspaceSettings } from "../engines/engine.ts";
import type {
  AgentDeclaration,
  AppDeclaration,
  MetadataDeclaration,
  ResourceDeclaration,
  ScriptDeclaration,
} from "../protocol.ts";
import { scriptMoments } from "./agents.ts";
import { explainIssues } from "./explain-issue.ts";
import type { Manifest } from "./parse-manifest.ts";
import { formatProblem } from "./problem.ts";
import { parseQuantity } from "./quantity.ts";
import { displayApps, EvaluatedBuildShape } from "./schema.ts";
import { buildScope, type BuildInputs } from "./scope.ts";
import { fillTexts, namesAt, type Fault } from "./texts.ts";

/** What a build of the template is made of. */
export interface EvaluatedBuild {
  readonly settings: WorkspaceSettings;
  /** Without tokens. */
  readonly agents: readonly AgentDeclaration[];
}

/** The inputs of a build lead to values that the manifest's rules do not allow, or to none. All of them at once. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ problem }) => formatProblem(problem)).join("\n"));
    this.faults = faults;
  }
}

/**
 * Fills the manifest in for one build. Pure, and quick enough to stand in the way of a claim.
 * @throws ManifestError when a text has no value with these inputs, or a value breaks its field's rule
 */
export function evaluateBuild(manifest: Manifest, inputs: BuildInputs): EvaluatedBuild {
  const { document } = manifest;
  const scope = buildScope(manifest, inputs);
  const faults: Fault[] = [];
  const filled = {
    workspace: fillTexts(document, manifest.workspace, ["workspace"], scope, faults),
    agents: fillTexts(document, manifest.agents, ["agents"], scope, faults),
  };
  if (faults.length > 0) throw new ManifestError(faults);
  const parsed = EvaluatedBuildShape.safeParse(filled);
  if (parsed.success) return { settings: toSettings(parsed.data.workspace), agents: parsed.data.agents.map(toAgent) };
  // What stands in the file is fine, so it is filled-in values that break a rule.
  throw new ManifestError(
    parsed.error.issues.flatMap((issue) => {
      const path = issue.path.filter((part) => typeof part !== "symbol");
      const names = namesAt({ workspace: manifest.workspace, agents: manifest.agents }, path);
      return explainIssues(document, EvaluatedBuildShape, [issue], filled).map((problem) => ({ problem, names }));
    }),
  );
}

type FilledWorkspace = z.output<typeof EvaluatedBuildShape>["workspace"];
type FilledAgent = z.output<typeof EvaluatedBuildShape>["agents"][number];

function toSettings(workspace: FilledWorkspace): WorkspaceSettings {
  return {
    engine: workspace.engine,
    image: workspace.image,
    cpus: toNumber(workspace.cpus),
    memoryBytes: workspace.memory === undefined ? undefined : parseQuantity(workspace.memory),
    user: workspace.user,
    env: toTexts(workspace.env),
    volumes: (workspace.volumes ?? []).map(({ name, path, size }) => ({
      name,
      path,
      sizeBytes: size === undefined ? undefined : parseQuantity(size),
    })),
    dailyCost: toNumber(workspace.cost) ?? 0,
  };
}

// The evaluated schema has turned numbers, flags and texts into what they are; its types still have both of each pair.
function toNumber(value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function toTexts(values: Readonly<Record<string, string | number | boolean>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, String(value)]));
}

/** What agents show when a template does not say, as Coder's do. */
const usualDisplayApps = displayApps.filter((name) => name !== "vscode_insiders");

function toAgent(agent: FilledAgent): AgentDeclaration {
  return {
    name: agent.name,
    operatingSystem: "linux",
    architecture: hostArchitecture(),
    directory: agent.directory ?? "",
    env: toTexts(agent.env),
    connectionTimeoutSeconds: toNumber(agent.connection_timeout) ?? 120,
    troubleshootingUrl: agent.troubleshooting_url ?? "",
    motdFile: agent.motd_file ?? "",
    displayApps: agent.display_apps ?? usualDisplayApps,
    displayOrder: toNumber(agent.order) ?? 0,
    scripts: (agent.scripts ?? []).map((script) => toScript(script, agent.startup_blocks_login === true)),
    metadata: (agent.metadata ?? []).map(toMetadata),
    apps: (agent.apps ?? []).map(toApp),
    envFromSecrets: agent.env_from_secrets ?? true,
    token: undefined,
  };
}

function hostArchitecture(): string {
  const names: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", arm: "armv7" };
  return names[process.arch] ?? process.arch;
}

function toScript(script: NonNullable<FilledAgent["scripts"]>[number], blocksByDefault: boolean): ScriptDeclaration {
  const moments = scriptMoments(script.on);
  return {
    displayName: script.display_name ?? script.name,
    script: script.run,
    cron: moments.cron,
    runOnStart: moments.start,
    runOnStop: moments.stop,
    runOnClaim: moments.claim,
    startBlocksLogin:
      moments.start && (script.blocks_login === undefined ? blocksByDefault : script.blocks_login === true),
    timeoutSeconds: toNumber(script.timeout) ?? 0,
    logPath: script.log_path ?? "",
    icon: script.icon ?? "",
  };
}

function toMetadata(metadata: NonNullable<FilledAgent["metadata"]>[number]): MetadataDeclaration {
  return {
    key: metadata.key,
    displayName: metadata.display_name ?? metadata.key,
    script: metadata.script,
    intervalSeconds: toNumber(metadata.interval) ?? 0,
    timeoutSeconds: toNumber(metadata.timeout) ?? 0,
    displayOrder: toNumber(metadata.order) ?? 0,
  };
}

function toApp(app: NonNullable<FilledAgent["apps"]>[number]): AppDeclaration {
  return {
    slug: app.slug,
    displayName: app.display_name ?? app.slug,
    icon: app.icon ?? "",
    url: app.url ?? "",
    command: app.command ?? "",
    external: app.external === true,
    subdomain: app.subdomain === true,
    share: (app.share ?? "owner") as AppDeclaration["share"], // the evaluated schema has let no other through
    displayOrder: toNumber(app.order) ?? 0,
    hidden: app.hidden === true,
    openIn: (app.open_in ?? "slim-window") as AppDeclaration["openIn"], // the same
    tooltip: app.tooltip ?? "",
    displayGroup: app.group ?? "",
    healthcheck: app.healthcheck && {
      url: app.healthcheck.url,
      intervalSeconds: toNumber(app.healthcheck.interval) ?? 0,
      threshold: toNumber(app.healthcheck.threshold) ?? 0,
    },
  };
}

/** How each engine's things are called in a workspace's list of resources. */
const resourceTypes = {
  process: { workspace: "process", volume: "directory" },
  docker: { workspace: "docker_container", volume: "docker_volume" },
  kubernetes: { workspace: "kubernetes_pod", volume: "kubernetes_volume_claim" },
  terraform: { workspace: "", volume: "" }, // describes its own
} as const;

/** The resources of a build: what runs, with its agents (none once stopped), and what stays; nothing after a delete. */
export function resourcesOf(
  settings: WorkspaceSettings,
  agents: readonly AgentDeclaration[],
  transition: BuildInputs["transition"],
  metadata: ResourceDeclaration["metadata"] = [],
): ResourceDeclaration[] {
  if (transition === "delete") return [];
  const types = resourceTypes[settings.engine];
  const running: ResourceDeclaration = {
    type: types.workspace,
    name: "workspace",
    hide: false,
    icon: "",
    dailyCost: settings.dailyCost,
    metadata,
    agents,
  };
  const staying = settings.volumes.map(({ name, path }) => ({
    type: types.volume,
    name,
    hide: false,
    icon: "",
    dailyCost: 0,
    metadata: [{ key: "path", value: path, sensitive: false }],
    agents: [],
  }));
  return transition === "start" ? [running, ...staying] : staying;
}
