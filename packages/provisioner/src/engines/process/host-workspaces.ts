import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Mutex, type Clock, type Logger } from "@hearth/base";
import { homeInside, motdName } from "./agents-on-host.ts";
import { endWorkspaceProcesses } from "./end-processes.ts";
import { readLaunch, readRunning, writeLaunch, writeRunning, type Launch, type Running } from "./launch-file.ts";
import { mapHome, mapVariables } from "./map-home.ts";
import { isAlive, listProcesses, agentWithoutMonitor, type ProcessEntry, type ProcessIdentity } from "./processes.ts";
import { pathInside, probeSandbox, sandboxArguments, type SandboxProbe, type SandboxSpec } from "./sandbox.ts";
import { sandboxUid, userFiles } from "./sandbox-user.ts";
import { startAgent, type AgentCommand } from "./start-agent.ts";
import { defaultUser } from "./state.ts";
import type { Revived } from "./supervisor.ts";
import {
  emptyTrash,
  prepareDirectory,
  removeDirectory,
  workspaceDirectory,
  workspacesIn,
  type WorkspaceDirectory,
} from "./workspace-directory.ts";

export interface HostWorkspacesOptions {
  readonly dataDir: string;
  readonly agentCommand: AgentCommand;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sandbox: SandboxProbe | undefined;
  /** Told when an agent that was started here has ended. */
  readonly onEnd: (process: ProcessIdentity, how: string) => void;
}

export interface EndWish {
  /** How long agents have to run their stop scripts. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
  /** Told when the agents did not end in time. */
  readonly onOverdue?: () => void;
}

/** The probe's own place, made and removed. */
const probeId = "00000000-0000-4000-8000-000000000000";

/**
 * The workspaces of one data directory on this host: their directories and processes, by id.
 *
 * What is on disk says what is to run (`launch.json`, with the tokens) and what was started (`running.json`); nothing is
 * kept in memory that a restart would lose. Callers see to it that one call at a time changes a workspace.
 */
export class HostWorkspaces {
  readonly #options: HostWorkspacesOptions;
  readonly #root: string;
  readonly #probing = new Mutex();
  #probe: SandboxProbe | undefined;

  constructor(options: HostWorkspacesOptions) {
    this.#options = options;
    this.#root = join(options.dataDir, "workspaces");
    this.#probe = options.sandbox;
  }

  /** @throws Error when the id is none */
  directory(workspaceId: string): WorkspaceDirectory {
    return workspaceDirectory(this.#root, workspaceId);
  }

  /** Tries the sandbox the first time it is asked for. */
  async sandbox(signal: AbortSignal): Promise<SandboxProbe> {
    return (this.#probe ??= await this.#probing.run(async () => this.#probe ?? (await this.#trySandbox(signal)), {
      signal,
    }));
  }

  /** What the workspace was last started with; `undefined` when it never was. */
  async findLaunch(workspaceId: string): Promise<Launch | undefined> {
    return await readLaunch(this.directory(workspaceId).path);
  }

  /**
   * Makes what is missing of the directory and starts the agents. What is to run is on the disk before anything runs, so
   * that whatever interrupts this can be cleaned up by {@link end}.
   */
  async launch(launch: Launch, signal: AbortSignal): Promise<void> {
    const directory = this.directory(launch.workspaceId);
    await prepareDirectory(directory, await this.#uidOf(launch, signal));
    await writeLaunch(directory.path, launch);
    if (!launch.isSandboxed) await writeFile(join(directory.path, motdName), unsandboxedMotd);
    const processes: { agent: string; pid: number; startTime: string }[] = [];
    try {
      for (const agent of launch.agents) {
        processes.push({ agent: agent.name, ...(await this.#startAgent(launch, agent, signal)) });
      }
    } finally {
      await writeRunning(directory.path, { accessUrl: launch.accessUrl, processes });
    }
  }

  /**
   * After a restart of the daemon: true when the workspace's agents still run, with the address they need; else they have
   * been started again.
   * @throws Error when nobody knows any more what to start
   */
  async bringBack(workspaceId: string, accessUrl: string | undefined, wish: EndWish): Promise<boolean> {
    const directory = this.directory(workspaceId);
    const launch = await readLaunch(directory.path);
    if (!launch) throw new Error("what its agents were started with is gone; stop and start the workspace");
    const wanted = { ...launch, accessUrl: accessUrl ?? launch.accessUrl };
    const running = await readRunning(directory.path);
    if (running && running.accessUrl === wanted.accessUrl && running.processes.length === launch.agents.length) {
      const table = await listProcesses();
      const living = running.processes.flatMap((process) => {
        const found = isAlive(process) ? process : this.#withoutMonitor(workspaceId, process.agent, table);
        return found ? [{ ...process, ...found }] : [];
      });
      if (living.length === launch.agents.length) {
        await writeRunning(directory.path, { ...running, processes: living });
        return true;
      }
    }
    await this.end(workspaceId, wish);
    await this.launch(wanted, wish.signal);
    return false;
  }

  /** The agents that were started, alive or not. */
  async started(workspaceId: string): Promise<Running["processes"]> {
    return (await readRunning(this.directory(workspaceId).path))?.processes ?? [];
  }

  /**
   * Starts an agent again whose process ended; the workspace's other agents and its files, /tmp too, stay as they are. What
   * the agent left without a sandbox ends first, as it does with one: its start scripts find no other of their kind. An
   * agent whose sandbox goes on without its monitor is left alone and told. Undefined when the place is not that process's
   * any more.
   */
  async revive(
    workspaceId: string,
    agentName: string,
    ended: ProcessIdentity,
    signal: AbortSignal,
  ): Promise<Revived | undefined> {
    const directory = this.directory(workspaceId);
    const launch = await readLaunch(directory.path);
    const running = await readRunning(directory.path);
    const agent = launch?.agents.find(({ name }) => name === agentName);
    const isItsPlace = running?.processes.some(
      ({ agent: name, pid, startTime }) => name === agentName && pid === ended.pid && startTime === ended.startTime,
    );
    if (!launch || !running || !agent || isItsPlace !== true) return undefined;
    const takeItsPlace = (process: ProcessIdentity): Promise<void> => {
      const others = running.processes.filter(({ agent: name }) => name !== agentName);
      return writeRunning(directory.path, { ...running, processes: [...others, { agent: agentName, ...process }] });
    };
    const survivor = this.#withoutMonitor(workspaceId, agentName, await listProcesses());
    if (survivor) {
      await takeItsPlace(survivor);
      return { process: survivor, how: "adopted" };
    }
    await endWorkspaceProcesses(workspaceId, {
      clock: this.#options.clock,
      signal,
      graceMs: 0,
      started: [],
      agentName,
    });
    const process = await this.#startAgent(launch, agent, signal);
    await takeItsPlace(process);
    return { process, how: "started" };
  }

  /** Ends everything that runs of the workspace, agents first. Nothing when nothing does. */
  async end(workspaceId: string, { graceMs, signal, onOverdue }: EndWish): Promise<void> {
    const directory = this.directory(workspaceId);
    const running = await readRunning(directory.path);
    await endWorkspaceProcesses(workspaceId, {
      clock: this.#options.clock,
      signal,
      graceMs,
      started: running?.processes ?? [],
      ...(onOverdue && { onOverdue }),
    });
    if (running) await writeRunning(directory.path, { accessUrl: running.accessUrl, processes: [] });
  }

  /** Removes the directory, the home with it. Nothing of the workspace may run. */
  async remove(workspaceId: string): Promise<void> {
    await removeDirectory(this.#root, this.directory(workspaceId));
  }

  /** The ids of the workspaces that have a directory. */
  async list(): Promise<string[]> {
    return (await workspacesIn(this.#root)).filter((id) => id !== probeId);
  }

  /** Those that have processes. Another Hearth on this host has a data directory, and workspaces, of its own. */
  async listRunning(): Promise<string[]> {
    const own = new Set(await this.list());
    const ids = (await listProcesses()).flatMap(({ workspaceId }) => workspaceId ?? []);
    return [...new Set(ids)].filter((id) => own.has(id));
  }

  /** Whatever interrupted removals left. */
  async tidy(): Promise<void> {
    await emptyTrash(this.#root);
  }

  /** What the agent consists of: as told, or the directories of the files that its arguments name. */
  agentFiles(): string[] {
    const { file, args, readable } = this.#options.agentCommand;
    const directories = args.filter((part) => part.startsWith("/")).map((path) => dirname(path));
    return [...new Set([file, ...(readable ?? directories)])];
  }

  #withoutMonitor(workspaceId: string, agentName: string, table: readonly ProcessEntry[]): ProcessIdentity | undefined {
    const { file, args } = this.#options.agentCommand;
    return agentWithoutMonitor(workspaceId, agentName, [file, ...args], table);
  }

  /** @throws Error when it belongs in a sandbox and there is none */
  async #uidOf(launch: Launch, signal: AbortSignal): Promise<number | undefined> {
    const probe = await this.sandbox(signal);
    if (launch.isSandboxed && !probe.works) throw new Error(`it belongs in a sandbox, and ${probe.reason}`);
    return launch.isSandboxed ? await sandboxUid(launch.workspaceId) : undefined;
  }

  async #startAgent(launch: Launch, agent: Launch["agents"][number], signal: AbortSignal): Promise<ProcessIdentity> {
    const directory = this.directory(launch.workspaceId);
    const uid = await this.#uidOf(launch, signal);
    const probe = await this.sandbox(signal);
    const inside = homeInside(launch.user);
    const world =
      probe.works && launch.isSandboxed
        ? {
            home: inside,
            env: { PATH: pathInside(process.env["PATH"] ?? "/usr/bin:/bin"), ...launch.env },
            wrapper: [probe.file, ...sandboxArguments(await this.#sandboxSpec(launch.user, directory, uid))],
          }
        : { home: directory.home, env: mapVariables(launch.env, mapHome(inside, directory.home)), wrapper: [] };
    signal.throwIfAborted();
    return await startAgent({
      ...world,
      command: this.#options.agentCommand,
      workspaceId: launch.workspaceId,
      agentName: agent.name,
      token: agent.token,
      accessUrl: launch.accessUrl,
      user: launch.user,
      logFile: join(directory.path, `agent-${agent.name}.log`),
      workingDirectory: directory.home,
      onEnd: this.#options.onEnd,
    });
  }

  async #sandboxSpec(user: string, directory: WorkspaceDirectory, uid: number | undefined): Promise<SandboxSpec> {
    const home = homeInside(user);
    const files = await userFiles(user, uid ?? process.getuid?.() ?? 0, home);
    const passwd = join(directory.path, "passwd");
    const group = join(directory.path, "group");
    await Promise.all([writeFile(passwd, files.passwd), writeFile(group, files.group)]);
    return {
      homeDir: directory.home,
      homeInside: home,
      tmpDir: directory.tmp,
      replaced: { "/etc/passwd": passwd, "/etc/group": group },
      hostname: `hearth-${directory.id.slice(0, 8)}`,
      readable: this.agentFiles(),
      uid,
    };
  }

  async #trySandbox(signal: AbortSignal): Promise<SandboxProbe> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const directory = this.directory(probeId);
    const uid = await sandboxUid(probeId);
    await prepareDirectory(directory, uid);
    const probe = await probeSandbox(await this.#sandboxSpec(defaultUser, directory, uid), signal);
    await this.remove(probeId);
    if (!probe.works) this.#options.log.warn({ reason: probe.reason }, "workspaces run without a sandbox");
    return probe;
  }
}

/** What an unsandboxed workspace tells whoever logs in. */
const unsandboxedMotd =
  "This workspace runs without a sandbox: it shares the files and processes of the machine it is on.\n";
