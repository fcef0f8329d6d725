import { access } from "node:fs/promises";
import { type Clock, type Logger, messageOf, once, systemClock, withTimeout } from "@hearth/base";
import { EngineError } from "../../errors.ts";
import type { AgentDeclaration } from "../../protocol.ts";
import type {
  AgentIncident,
  Availability,
  Engine,
  EngineContext,
  EngineHost,
  EngineLog,
  EngineOutcome,
  EngineRequest,
  PlannedAction,
  ResumeReport,
  WorkspaceSettings,
} from "../engine.ts";
import { usualRestarts, type RestartPolicy } from "./decide-restart.ts";
import { agentsOnHost, homeInside, metadataOf } from "./agents-on-host.ts";
import { HostWorkspaces } from "./host-workspaces.ts";
import { KeyedLock } from "./keyed-lock.ts";
import type { Launch } from "./launch-file.ts";
import type { SandboxProbe } from "./sandbox.ts";
import type { ProcessIdentity } from "./processes.ts";
import type { AgentCommand } from "./start-agent.ts";
import { AgentSupervisor } from "./supervisor.ts";
import { defaultUser, processState, settingsPrint, type ProcessState } from "./state.ts";

export interface ProcessEngineOptions {
  /** Workspaces lie in `<dataDir>/workspaces/<id>`. */
  readonly dataDir: string;
  readonly agentCommand: AgentCommand;
  readonly clock?: Clock;
  readonly log: Logger;
  /** The longest that agents may take to stop, their stop scripts included. @default 300 000 */
  readonly stopGraceMs?: number;
  /** How agents that end by themselves are started again. @default {@link usualRestarts} */
  readonly restarts?: RestartPolicy;
  /** For tests: whether there is a sandbox. Left out, it is tried. */
  readonly sandbox?: SandboxProbe;
}

/** Making directories and starting programs; more means that the disk hangs. */
const startTimeoutMs = 60_000;
/** Removing a home of some million files. */
const deleteTimeoutMs = 10 * 60_000;
/** What an agent needs to end besides its stop scripts: sessions, last reports. @see spec/agents.md §18.4 */
const agentEndMs = 15_000;
/** For a stop script that sets no timeout. */
const usualStopScriptMs = 60_000;
/** Of agents that ended when they were told to, nobody ever asks. */
const endsKept = 1_000;
/** How many workspaces are brought back at once after a restart. */
const resumeConcurrency = 8;

/**
 * Workspaces that are a directory and a process tree on this host, in a sandbox where one works.
 *
 * Agents have their own session and survive the daemon; they are found again by pid and start time, and everything else
 * of a workspace by its id in the environment. One call at a time changes a workspace; others wait for it.
 * @see spec/native-templates.md "The process engine, exactly"
 */
export class ProcessEngine implements Engine, EngineHost {
  readonly name = "process";
  readonly facts = { claimTouchesInfrastructure: false, livesOnHost: true } as const;
  readonly host: EngineHost = this;
  readonly #options: ProcessEngineOptions;
  readonly #clock: Clock;
  readonly #host: HostWorkspaces;
  readonly #locks = new KeyedLock<string>();
  readonly #supervisor: AgentSupervisor;
  readonly #listeners = new Set<(incident: AgentIncident) => void>();
  /** How processes of this daemon ended, until somebody asks. */
  readonly #ends = new Map<string, string>();

  constructor(options: ProcessEngineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#host = new HostWorkspaces({
      ...options,
      clock: this.#clock,
      sandbox: options.sandbox,
      onEnd: (process, how) => this.#noteEnd(process, how),
    });
    this.#supervisor = new AgentSupervisor({
      clock: this.#clock,
      log: options.log,
      policy: options.restarts ?? usualRestarts,
      revive: (id, agentName, ended, signal) =>
        this.#locks.run(id, signal, () => this.#host.revive(id, agentName, ended, signal)),
      howItEnded: ({ pid, startTime }) => this.#ends.get(`${pid} ${startTime}`),
      onIncident: (incident) => this.#listeners.forEach((listener) => listener(incident)),
    });
  }

  async checkAvailability(signal: AbortSignal): Promise<Availability> {
    if (process.platform !== "linux") return { available: false, reason: "it needs Linux" };
    const missing = await firstMissing(this.#host.agentFiles());
    if (missing !== undefined) return { available: false, reason: `its program ${missing} is missing` };
    const probe = await this.#host.sandbox(signal);
    if (probe.works) return { available: true, warnings: [] };
    const warning = `${unsandboxedWarning(probe.reason)} Only versions that an owner wrote and promoted are built, for owners.`;
    return { available: true, warnings: [warning], unsandboxed: probe.reason };
  }

  settingWarnings(settings: WorkspaceSettings): readonly string[] {
    const { user, image, cpus, memoryBytes: memory } = settings;
    return Object.entries({ user, image, cpus, memory })
      .filter(([, value]) => value !== undefined)
      .map(([name]) =>
        name === "user"
          ? `With the process engine "user" only names the home directory, ${homeInside(user)}.`
          : `The process engine does not use "${name}": workspaces are processes of this host.`,
      );
  }

  plan(request: EngineRequest): readonly PlannedAction[] {
    if (isClaim(request)) return [{ action: "none", resource: "workspace" }];
    return [{ action: request.transition, resource: "workspace" }];
  }

  async apply(request: EngineRequest, context: EngineContext): Promise<EngineOutcome> {
    if (isClaim(request)) {
      const unchanged = this.#claim(request, context.log);
      if (unchanged) return unchanged;
    }
    const startedAtMs = this.#clock.now();
    const { id } = request.workspace;
    // Before it waits for its turn: what is to end is not started again meanwhile, nor afterwards.
    this.#supervisor.forget(id);
    const outcome = await this.#locks.run(id, context.signal, async () => {
      switch (request.transition) {
        case "start":
          try {
            return await this.#start(request, context);
          } catch (error) {
            // The agents of a claim that failed go on as they were.
            if (isClaim(request)) await this.#watch(id);
            throw error;
          }
        case "stop":
          return await this.#stop(request, context);
        case "delete":
          return await this.#delete(request, context);
      }
    });
    const timing = {
      stage: "apply",
      source: "process",
      action: request.transition === "start" ? "create" : request.transition,
      resource: "process.workspace",
      startedAtMs,
      endedAtMs: this.#clock.now(),
    } as const;
    return { ...outcome, timings: [timing] };
  }

  async resume(
    workspaceIds: readonly string[],
    { signal, accessUrl }: { signal: AbortSignal; accessUrl?: string | undefined },
  ): Promise<ResumeReport> {
    const report = { adopted: [] as string[], restarted: [] as string[] };
    const failed: { workspaceId: string; error: string }[] = [];
    const bringBack = async (id: string): Promise<void> => {
      try {
        const isAdopted = await this.#locks.run(id, signal, async () => {
          const wasAlive = await this.#host.bringBack(id, accessUrl, { graceMs: agentEndMs, signal });
          await this.#watch(id);
          return wasAlive;
        });
        report[isAdopted ? "adopted" : "restarted"].push(id);
      } catch (error) {
        signal.throwIfAborted();
        failed.push({ workspaceId: id, error: messageOf(error) });
      }
    };
    const queue = workspaceIds.values();
    const worker = async (): Promise<void> => {
      for (const workspaceId of queue) await bringBack(workspaceId);
    };
    await Promise.all(Array.from({ length: resumeConcurrency }, worker));
    await this.#host.tidy();
    return { ...report, failed };
  }

  async held(): Promise<readonly string[]> {
    return await this.#host.list();
  }

  onIncident(listener: (incident: AgentIncident) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async shutdownAgents({ graceMs, signal }: { graceMs: number; signal: AbortSignal }): Promise<void> {
    await this.#supervisor[Symbol.asyncDispose]();
    const end = async (id: string): Promise<void> => {
      try {
        await this.#locks.run(id, signal, () => this.#host.end(id, { graceMs, signal }));
      } catch (error) {
        signal.throwIfAborted();
        // The others are to end all the same; what is left is found at the next start.
        this.#options.log.warn({ err: error, workspaceId: id }, "a workspace's processes did not end");
      }
    };
    await Promise.all((await this.#host.listRunning()).map(end));
  }

  async sweepOrphan(
    workspaceId: string,
    { isStill, signal }: { isStill: () => Promise<boolean>; signal: AbortSignal },
  ): Promise<boolean> {
    return await this.#locks.run(workspaceId, signal, async () => {
      if (!(await isStill())) return false;
      this.#supervisor.forget(workspaceId);
      await this.#host.end(workspaceId, { graceMs: 0, signal });
      await this.#host.remove(workspaceId);
      return true;
    });
  }

  /** Agents go on, and nobody starts them again until the next daemon finds them. */
  readonly [Symbol.asyncDispose] = once(() => this.#supervisor[Symbol.asyncDispose]());

  async #watch(id: string): Promise<void> {
    this.#supervisor.watch(id, await this.#host.started(id));
  }

  #noteEnd({ pid, startTime }: ProcessIdentity, how: string): void {
    const [oldest] = this.#ends.keys();
    if (oldest !== undefined && this.#ends.size >= endsKept) this.#ends.delete(oldest);
    this.#ends.set(`${pid} ${startTime}`, how);
    this.#supervisor.look();
  }

  /** The outcome of a claim that touches nothing, which is every claim whose settings are as they were. */
  #claim(request: EngineRequest, log: EngineLog): EngineOutcome | undefined {
    const state = processState(request.state);
    if (!state) return undefined;
    if (!state.sandboxed) refuseUnlessAllowed(request, "this one was built without", state);
    if (state.settings !== settingsPrint(request.settings)) {
      log("warn", "The claim changes the workspace's settings, so its agents are started again.");
      return undefined;
    }
    return { ...this.#outcome(request, state), identityOnlyClaim: true, timings: [] };
  }

  async #start(request: EngineRequest, context: EngineContext): Promise<Applied> {
    const { id } = request.workspace;
    const probe = await this.#host.sandbox(context.signal);
    if (!probe.works) {
      refuseUnlessAllowed(request, probe.reason, processState(request.state));
      context.log("warn", unsandboxedWarning(probe.reason));
    }
    const state: ProcessState = {
      engine: "process",
      workspaceId: id,
      sandboxed: probe.works,
      settings: settingsPrint(request.settings),
    };
    const before = await this.#host.findLaunch(id);
    const launch: Launch = {
      buildId: request.buildId,
      workspaceId: id,
      accessUrl: request.accessUrl,
      user: request.settings?.user ?? defaultUser,
      isSandboxed: probe.works,
      env: { ...request.settings?.env },
      agents: request.agents.map(({ name, token }) => ({ name, token: token ?? tokenOf(before, name) })),
    };
    const graceMs = this.#outdatedGraceMs(request.agents);
    await this.#within(graceMs + startTimeoutMs, "started", state, context.signal, async (signal) => {
      // What runs has an old token: it is a build's that was cut short, or this is a start of what is started.
      if (before) await this.#host.end(id, { graceMs, signal, onOverdue: overdue(context.log, graceMs) });
      await this.#host.launch(launch, signal);
      await this.#watch(id);
    });
    return this.#outcome(request, state);
  }

  async #stop(request: EngineRequest, context: EngineContext): Promise<Applied> {
    const state = stateBefore(request);
    const graceMs = this.#graceMs(request.agents);
    await this.#within(graceMs + startTimeoutMs, "stopped", state, context.signal, (signal) =>
      this.#host.end(request.workspace.id, { graceMs, signal, onOverdue: overdue(context.log, graceMs) }),
    );
    return { state, agents: [], identityOnlyClaim: false, metadata: [] };
  }

  async #delete(request: EngineRequest, context: EngineContext): Promise<Applied> {
    const { id } = request.workspace;
    const state = stateBefore(request);
    const graceMs = this.#outdatedGraceMs(request.agents);
    await this.#within(graceMs + deleteTimeoutMs, "deleted", state, context.signal, async (signal) => {
      await this.#host.end(id, { graceMs, signal, onOverdue: overdue(context.log, graceMs) });
      await this.#host.remove(id);
    });
    return { state, agents: [], identityOnlyClaim: false, metadata: [] };
  }

  /** Runs a step under its deadline; what it throws carries the state, so that a later stop or delete cleans up. */
  async #within(
    ms: number,
    done: "started" | "stopped" | "deleted",
    state: ProcessState,
    signal: AbortSignal,
    step: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    try {
      await withTimeout(step, { ms, clock: this.#clock, signal, tag: "A build's apply" });
    } catch (error) {
      const why = signal.aborted ? "the build was cut short." : messageOf(error);
      throw new EngineError(`The workspace could not be ${done}: ${why}`, { cause: error, state });
    }
  }

  #outcome(request: EngineRequest, state: ProcessState): Applied {
    const { path } = this.#host.directory(request.workspace.id);
    const metadata = metadataOf(state.sandboxed, path);
    const { agents, settings } = request;
    return {
      state,
      identityOnlyClaim: false,
      metadata,
      agents: state.sandboxed ? agents : agentsOnHost(agents, settings?.user, path),
    };
  }

  /** How long these agents may take to end: their slowest stop script, and what the agent itself needs. */
  #graceMs(agents: readonly AgentDeclaration[]): number {
    return Math.min(longestStopScriptMs(agents) + agentEndMs, this.#options.stopGraceMs ?? 300_000);
  }

  /**
   * The same for a delete, and for a start of what runs: the control plane takes nothing from these agents any more, so
   * without a stop script there is nothing to wait for.
   */
  #outdatedGraceMs(agents: readonly AgentDeclaration[]): number {
    return longestStopScriptMs(agents) === 0 ? 0 : this.#graceMs(agents);
  }
}

/** 0 when there is none. */
function longestStopScriptMs(agents: readonly AgentDeclaration[]): number {
  const scripts = agents.flatMap((agent) => agent.scripts).filter((script) => script.runOnStop);
  const needMs = scripts.map(({ timeoutSeconds }) =>
    timeoutSeconds === 0 ? usualStopScriptMs : timeoutSeconds * 1000,
  );
  return Math.max(0, ...needMs);
}

type Applied = Omit<EngineOutcome, "timings">;

function isClaim(request: EngineRequest): boolean {
  return request.transition === "start" && request.stage === "claim";
}

function refuseUnlessAllowed(request: EngineRequest, why: string, state: ProcessState | undefined): void {
  if (request.owner.mayRunUnsandboxed) return;
  throw new EngineError(
    `Without a sandbox run only workspaces of owners, of versions that an owner wrote and promoted: ${why}. Install bubblewrap on the machine that builds, or set HEARTH_ALLOW_UNSANDBOXED=1.`,
    { state },
  );
}

function unsandboxedWarning(reason: string): string {
  return `Workspaces run without a sandbox (${reason}): they share this host's files and processes.`;
}

function overdue(log: EngineLog, graceMs: number): () => void {
  return () => log("warn", `Agents did not end within ${Math.round(graceMs / 1000)} seconds and were killed.`);
}

/** What a stop or delete leaves behind: what was, as far as it is known. */
function stateBefore(request: EngineRequest): ProcessState {
  const { id: workspaceId } = request.workspace;
  const settings = settingsPrint(request.settings);
  return processState(request.state) ?? { engine: "process", workspaceId, sandboxed: false, settings };
}

/** The token that an agent runs with, for a start that brings none. */
function tokenOf(launch: Launch | undefined, agentName: string): string {
  const token = launch?.agents.find((agent) => agent.name === agentName)?.token;
  if (token === undefined) {
    throw new EngineError(`The agent "${agentName}" has no token to be started with; stop and start the workspace.`);
  }
  return token;
}

async function firstMissing(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      await access(path);
    } catch {
      return path; // what cannot be reached is as good as missing
    }
  }
  return undefined;
}
