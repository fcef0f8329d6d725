import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { systemClock, type Clock, type Logger } from "@hearth/base";
import { EngineError } from "../../errors.ts";
import type { AgentDeclaration, RunningWorkspace } from "../../protocol.ts";
import type {
  Availability,
  Engine,
  EngineContext,
  EngineOutcome,
  EngineRequest,
  EngineState,
  OrphanReport,
  PlannedAction,
  ResumeReport,
  WorkspaceSettings,
} from "../engine.ts";
import { endWorkspaceProcesses } from "./end-processes.ts";
import { readLaunch, readRunning, writeLaunch, writeRunning, type Launch } from "./launch-file.ts";
import { isAlive, listWorkspaceProcesses, signalProcess, type WorkspaceProcess } from "./processes.ts";
import { probeSandbox, type SandboxProbe } from "./sandbox.ts";
import { startAgent, type AgentCommand } from "./start-agent.ts";

export interface ProcessEngineOptions {
  /** Workspaces lie in `<dataDir>/workspaces/<id>`. */
  readonly dataDir: string;
  readonly agentCommand: AgentCommand;
  readonly clock?: Clock;
  readonly log: Logger;
  /** How long agents may take to stop, their stop scripts included. @default 60 000 */
  readonly stopGraceMs?: number;
  /** For tests: whether there is a sandbox. Left out, it is tried. */
  readonly sandbox?: SandboxProbe;
}

const defaultUser = "dev";

/** A workspace that exists on this host. */
interface ProcessState extends EngineState {
  readonly engine: "process";
  readonly workspaceId: string;
  readonly sandboxed: boolean;
}

/**
 * Workspaces that are a directory and a process tree on this host.
 *
 * - What is on disk says what is to run (`launch.json`) and what was started (`running.json`); nothing is kept in memory
 *   that a restart would lose.
 * - Agents have their own session and survive the daemon; they are found again by pid and start time.
 * @see spec/native-templates.md "The process engine, exactly"
 */
export class ProcessEngine implements Engine {
  readonly name = "process";
  readonly #options: ProcessEngineOptions;
  readonly #clock: Clock;
  readonly #root: string;
  #probe: Promise<SandboxProbe> | undefined;

  constructor(options: ProcessEngineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#root = join(options.dataDir, "workspaces");
  }

  async checkAvailability(): Promise<Availability> {
    if (process.platform !== "linux") return { available: false, reason: "it needs Linux" };
    const probe = await this.#sandbox();
    if (probe.works) return { available: true, warnings: [] };
    return {
      available: true,
      warnings: [
        `Workspaces run without a sandbox, ${probe.reason}: they share this host's files and processes, and only owners may build them.`,
      ],
    };
  }

  settingWarnings(settings: WorkspaceSettings): readonly string[] {
    const ignored = (["user", "image", "cpus"] as const).filter((name) => settings[name] !== undefined) as string[];
    if (settings.memoryBytes !== undefined) ignored.push("memory");
    return ignored.map((name) => `The process engine does not use "${name}": workspaces are processes of this host.`);
  }

  plan(request: EngineRequest): readonly PlannedAction[] {
    if (request.stage === "claim") return [{ action: "none", resource: "workspace" }];
    const actions = { start: "start", stop: "stop", delete: "delete" } as const;
    return [{ action: actions[request.transition], resource: "workspace" }];
  }

  async apply(request: EngineRequest, context: EngineContext): Promise<EngineOutcome> {
    const startedAtMs = this.#clock.now();
    const outcome = await this.#carryOut(request, context);
    const timing = {
      stage: "apply",
      source: "process",
      action: request.transition === "start" ? "create" : request.transition,
      resource: "workspace",
      startedAtMs,
      endedAtMs: this.#clock.now(),
    } as const;
    return { ...outcome, timings: [timing] };
  }

  async resume(
    running: readonly RunningWorkspace[],
    options: { signal: AbortSignal; accessUrl?: string | undefined },
  ): Promise<ResumeReport> {
    const report = {
      adopted: [] as string[],
      restarted: [] as string[],
      failed: [] as { workspaceId: string; error: string }[],
    };
    for (const workspace of running) {
      options.signal.throwIfAborted();
      try {
        const how = await this.#bringBack(workspace, options);
        report[how].push(workspace.workspaceId);
      } catch (error) {
        report.failed.push({
          workspaceId: workspace.workspaceId,
          error: error instanceof Error ? error.message : String(error),
        });
      }
    }
    const wanted = new Set(running.map((workspace) => workspace.workspaceId));
    const orphans = (await this.#ownProcesses()).map((process) => process.workspaceId).filter((id) => !wanted.has(id));
    return { ...report, orphans: [...new Set(orphans)] };
  }

  async shutdownAgents({ graceMs, signal }: { graceMs: number; signal: AbortSignal }): Promise<void> {
    const ids = new Set((await this.#ownProcesses()).map((process) => process.workspaceId));
    await Promise.all([...ids].map((id) => this.#end(id, graceMs, signal)));
  }

  async sweepOrphans(
    known: ReadonlySet<string>,
    { remove, signal }: { remove: boolean; signal: AbortSignal },
  ): Promise<OrphanReport> {
    const found = (await this.#directories()).filter((id) => !known.has(id));
    const removed: string[] = [];
    for (const id of remove ? found : []) {
      await this.#end(id, 0, signal);
      await rm(join(this.#root, id), { recursive: true, force: true });
      removed.push(id);
    }
    return { found, removed };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #carryOut(request: EngineRequest, context: EngineContext): Promise<Omit<EngineOutcome, "timings">> {
    const { id } = request.workspace;
    if (request.transition === "start" && request.stage === "claim") {
      // Nothing on the host changes: the agent runs already and learns who it is from the control plane.
      const isSandboxed = request.state?.["sandboxed"] === true;
      return this.#outcome(id, isSandboxed, request, true);
    }
    if (request.transition === "start") return await this.#start(request, context);
    const state: ProcessState = {
      engine: "process",
      workspaceId: id,
      sandboxed: request.state?.["sandboxed"] === true,
    };
    try {
      await this.#end(id, this.#options.stopGraceMs ?? 60_000, context.signal);
      if (request.transition === "delete") await rm(join(this.#root, id), { recursive: true, force: true });
    } catch (error) {
      throw new EngineError(messageOf(error), { cause: error, state });
    }
    return { state, agents: [], identityOnlyClaim: false, metadata: [] };
  }

  async #start(request: EngineRequest, context: EngineContext): Promise<Omit<EngineOutcome, "timings">> {
    const { id, name } = request.workspace;
    const probe = await this.#sandbox();
    if (!probe.works) {
      if (!request.owner.mayRunUnsandboxed) {
        throw new EngineError(
          `Only owners of this deployment may run workspaces without a sandbox, and ${probe.reason}. Install bubblewrap, or set HEARTH_ALLOW_UNSANDBOXED=1.`,
        );
      }
      context.log("warn", `No sandbox: ${probe.reason}. The workspace shares this host.`);
    }
    const launch: Launch = {
      buildId: request.buildId,
      workspaceId: id,
      workspaceName: name,
      accessUrl: request.accessUrl,
      user: request.settings?.user ?? defaultUser,
      isSandboxed: probe.works,
      env: { ...request.settings?.env },
      agents: request.agents.map((agent) => ({ name: agent.name, token: agent.token ?? "" })),
    };
    const directory = join(this.#root, id);
    const state: ProcessState = { engine: "process", workspaceId: id, sandboxed: probe.works };
    try {
      // What a build that was cut short left behind would hold the home with an old token.
      if ((await readRunning(directory)) !== undefined)
        await this.#end(id, this.#options.stopGraceMs ?? 60_000, context.signal);
      await writeLaunch(directory, launch);
      await this.#launch(launch, context.signal);
    } catch (error) {
      throw new EngineError(`The workspace could not be started: ${messageOf(error)}`, { cause: error, state });
    }
    return this.#outcome(id, probe.works, request, false);
  }

  #outcome(id: string, isSandboxed: boolean, request: EngineRequest, isClaim: boolean): Omit<EngineOutcome, "timings"> {
    const state: ProcessState = { engine: "process", workspaceId: id, sandboxed: isSandboxed };
    const user = request.settings?.user ?? defaultUser;
    const homeDir = join(this.#root, id, "home");
    const agents = isSandboxed
      ? request.agents
      : request.agents.map((agent) => moveHome(agent, `/home/${user}`, homeDir));
    const metadata = [{ key: "sandbox", value: isSandboxed ? "bubblewrap" : "none", sensitive: false }];
    return { state, agents, identityOnlyClaim: isClaim, metadata };
  }

  async #launch(launch: Launch, signal: AbortSignal): Promise<void> {
    const directory = join(this.#root, launch.workspaceId);
    const homeDir = join(directory, "home");
    await mkdir(homeDir, { recursive: true, mode: 0o700 });
    const probe = await this.#sandbox();
    const processes = [];
    for (const agent of launch.agents) {
      signal.throwIfAborted();
      const started = await startAgent({
        command: this.#options.agentCommand,
        sandbox: launch.isSandboxed && probe.works ? probe.file : undefined,
        workspaceId: launch.workspaceId,
        workspaceName: launch.workspaceName,
        workspaceDir: directory,
        homeDir,
        homeInside: `/home/${launch.user}`,
        dataDir: this.#options.dataDir,
        user: launch.user,
        agentName: agent.name,
        token: agent.token,
        accessUrl: launch.accessUrl,
        env: launch.env,
      });
      processes.push({ agent: agent.name, ...started });
    }
    await writeRunning(directory, { accessUrl: launch.accessUrl, processes });
  }

  async #bringBack(
    workspace: RunningWorkspace,
    { signal, accessUrl }: { signal: AbortSignal; accessUrl?: string | undefined },
  ): Promise<"adopted" | "restarted"> {
    const directory = join(this.#root, workspace.workspaceId);
    const launch = await readLaunch(directory);
    if (launch === undefined)
      throw new Error("what its agents were started with is gone; stop and start the workspace");
    const running = await readRunning(directory);
    const wantedUrl = accessUrl ?? launch.accessUrl;
    if (running !== undefined && running.accessUrl === wantedUrl && (await allAlive(running.processes, launch)))
      return "adopted";
    await this.#end(workspace.workspaceId, 0, signal);
    const moved = { ...launch, accessUrl: wantedUrl };
    await writeLaunch(directory, moved);
    await this.#launch(moved, signal);
    return "restarted";
  }

  async #end(workspaceId: string, graceMs: number, signal: AbortSignal): Promise<void> {
    await endWorkspaceProcesses(workspaceId, {
      clock: this.#clock,
      signal,
      graceMs,
      isAgent: (process) => this.#isAgent(process),
    });
    // The monitor of a sandbox has no such variable when it was started by an older daemon; its record is enough.
    const running = await readRunning(join(this.#root, workspaceId));
    for (const process of running?.processes ?? []) await signalProcess(process, "SIGKILL");
    await rm(join(this.#root, workspaceId, "running.json"), { force: true });
  }

  /** The agent itself, not the monitor of its sandbox, whose command line holds the agent's as arguments. */
  #isAgent(process: WorkspaceProcess): boolean {
    const bundle = this.#options.agentCommand.args.at(-1);
    return (
      process.commandLine[0] === this.#options.agentCommand.file &&
      bundle !== undefined &&
      process.commandLine.includes(bundle)
    );
  }

  /** Processes of workspaces of this data directory: another Hearth on this host has its own. */
  async #ownProcesses(): Promise<WorkspaceProcess[]> {
    const own = new Set(await this.#directories());
    return (await listWorkspaceProcesses()).filter((process) => own.has(process.workspaceId));
  }

  async #directories(): Promise<string[]> {
    return await readdir(this.#root).catch(() => []); // no workspace yet
  }

  #sandbox(): Promise<SandboxProbe> {
    this.#probe ??= this.#options.sandbox === undefined ? probeSandbox() : Promise.resolve(this.#options.sandbox);
    return this.#probe;
  }
}

async function allAlive(
  processes: readonly { agent: string; pid: number; startTime: string }[],
  launch: Launch,
): Promise<boolean> {
  if (processes.length !== launch.agents.length) return false;
  for (const process of processes) if (!(await isAlive(process))) return false;
  return true;
}

/** Without a sandbox the home lies elsewhere: paths below `/home/<user>` are meant to be in it. */
function moveHome(agent: AgentDeclaration, from: string, to: string): AgentDeclaration {
  const isInside = agent.directory === from || agent.directory.startsWith(`${from}/`);
  return isInside ? { ...agent, directory: to + agent.directory.slice(from.length) } : agent;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
