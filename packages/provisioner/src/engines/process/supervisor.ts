import { type Clock, type Logger, messageOf, runLoop, Wake } from "@hearth/base";
import type { AgentIncident } from "../engine.ts";
import { decideRestart, type RestartPolicy } from "./decide-restart.ts";
import type { Running } from "./launch-file.ts";
import { isAlive, type ProcessIdentity } from "./processes.ts";

type RunningAgent = Running["processes"][number];

/** An agent that was started again, or that was found to go on without the process that was watched. */
export interface Revived {
  readonly process: ProcessIdentity;
  readonly how: "started" | "adopted";
}

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly policy: RestartPolicy;
  /**
   * Starts the agent again in the place of a process that ended, alone with the workspace; undefined when it is no longer
   * that process's place: the workspace was stopped, or started by a build.
   */
  readonly revive: (
    workspaceId: string,
    agentName: string,
    ended: ProcessIdentity,
    signal: AbortSignal,
  ) => Promise<Revived | undefined>;
  /** How a process of this daemon ended, once it is known. */
  readonly howItEnded: (process: ProcessIdentity) => string | undefined;
  readonly onIncident: (incident: AgentIncident) => void;
}

interface Watched {
  readonly agentName: string;
  process: ProcessIdentity;
  /** When it was started again. */
  readonly restartsMs: number[];
  /** It is being started again, or was given up. */
  isSettled: boolean;
}

/** For agents of an earlier daemon nobody is told when they end. The look is a read of /proc, some microseconds each. */
const lookEveryMs = 1_000;

/**
 * Keeps the agents of running workspaces alive while the daemon runs: one that ends without having been asked to is
 * started again, with waits that grow and a limit, and each step is told. Watching begins and ends with builds: what is
 * being stopped is forgotten first. The counts are kept in memory: a restart of the daemon tries anew.
 */
export class AgentSupervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions;
  readonly #watched = new Map<string, { readonly agents: readonly Watched[]; readonly stop: AbortController }>();
  readonly #wake = new Wake();
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<void>>();
  #loop: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Watches these agents of the workspace, and no others of it. Nothing once disposed. */
  watch(workspaceId: string, processes: readonly RunningAgent[]): void {
    this.forget(workspaceId);
    if (this.#stop.signal.aborted) return;
    const agents = processes.map(({ agent, pid, startTime }) => {
      return { agentName: agent, process: { pid, startTime }, restartsMs: [], isSettled: false };
    });
    this.#watched.set(workspaceId, { agents, stop: new AbortController() });
    const { clock, log } = this.#options;
    const loop = { name: "agent-watch", everyMs: lookEveryMs, wake: this.#wake, clock, signal: this.#stop.signal, log };
    this.#loop ??= runLoop(loop, () => {
      this.#look();
      return Promise.resolve();
    });
  }

  /** Nothing of the workspace is started again from now on, also what waits to be. */
  forget(workspaceId: string): void {
    this.#watched.get(workspaceId)?.stop.abort(new Error("the workspace is not watched any more"));
    this.#watched.delete(workspaceId);
  }

  /** Looks at once: some process ended. */
  look(): void {
    this.#wake.notify();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const workspaceId of this.#watched.keys()) this.forget(workspaceId);
    await this.#loop;
    await Promise.all(this.#working);
  }

  #look(): void {
    for (const [workspaceId, { agents, stop }] of this.#watched) {
      for (const agent of agents) {
        if (agent.isSettled || isAlive(agent.process)) continue;
        agent.isSettled = true;
        const work = this.#bringBack(workspaceId, agent, stop.signal);
        this.#working.add(work);
        void work.finally(() => this.#working.delete(work));
      }
    }
  }

  /** Never rejects. */
  async #bringBack(workspaceId: string, agent: Watched, signal: AbortSignal): Promise<void> {
    const { clock, log, policy, revive, onIncident } = this.#options;
    const { agentName } = agent;
    let how = this.#options.howItEnded(agent.process) ?? "nobody knows how";
    try {
      for (;;) {
        const decision = decideRestart(agent.restartsMs, policy, clock.now());
        if (!decision.restart) {
          const reason =
            policy.limit === 0
              ? `it ended (${how})`
              : `it ended ${policy.limit + 1} times within ${inWords(policy.windowMs)}, the last time: ${how}`;
          log.error({ workspaceId, agent: agentName, how }, "an agent ends again and again, given up");
          onIncident({ kind: "given_up", workspaceId, agentName, reason });
          return;
        }
        const { attempt, waitMs } = decision;
        log.warn({ workspaceId, agent: agentName, how, attempt, waitMs }, "an agent has ended by itself");
        if (waitMs > 0) await clock.sleep(waitMs, { signal, tag: "agent-restart" });
        const revived = await revive(workspaceId, agentName, agent.process, signal).catch((error: unknown) => {
          signal.throwIfAborted();
          return { failure: messageOf(error) };
        });
        if (revived === undefined) return;
        if ("failure" in revived) {
          agent.restartsMs.push(clock.now());
          how = `it could not be started: ${revived.failure}`;
          onIncident({ kind: "not_restarted", workspaceId, agentName, how, attempt, limit: policy.limit });
          continue;
        }
        agent.process = revived.process;
        agent.isSettled = false;
        if (revived.how === "started") {
          agent.restartsMs.push(clock.now());
          onIncident({ kind: "restarted", workspaceId, agentName, how, attempt, limit: policy.limit });
        }
        log.info({ workspaceId, agent: agentName, attempt, how: revived.how }, "an agent runs again");
        return;
      }
    } catch (error) {
      if (!signal.aborted) log.error({ err: error, workspaceId, agent: agentName }, "an agent is not watched any more");
    }
  }
}

function inWords(ms: number): string {
  return ms >= 60_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / 1_000)} seconds`;
}
