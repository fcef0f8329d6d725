import { listProcesses } from "../endpoints/commands.ts";
import { extendWorkspace, getWorkspace } from "../endpoints/workspaces.ts";
import type { WorkspaceStatus } from "../schemas/builds.ts";
import type { WorkspaceProcess } from "../schemas/commands.ts";
import type { Workspace } from "../schemas/workspaces.ts";
import { build, deleteWorkspace, settled } from "./build.ts";
import { chooseAgent } from "./choose-agent.ts";
import { WorkspaceFailed } from "./errors.ts";
import { WorkspaceFiles } from "./files.ts";
import { logsOf, type LogLine, type LogOptions } from "./logs.ts";
import { WorkspacePorts } from "./ports.ts";
import { exec, type ExecOptions } from "./exec.ts";
import type { CommandLine, ExecResult } from "./exec-result.ts";
import { within, type Ground, type Means, type WaitOptions } from "./means.ts";
import type { RunningProcess, Terminal } from "./process.ts";
import { attach, openTerminal, spawn, type AttachOptions, type PtyOptions, type SpawnOptions } from "./spawn.ts";
import { SharedCommands } from "./shared-commands.ts";

export type { WaitOptions } from "./means.ts";

/** Until when a workspace is to run: one of the two. */
export type ExtendOptions =
  | { readonly until: Date }
  /** Milliseconds from now. */
  | { readonly forMs: number };

/** A workspace, and what can be done with it. */
export class HearthWorkspace implements AsyncDisposable {
  readonly id: string;
  /** Its files, as its user. */
  readonly files: WorkspaceFiles;
  /** Who listens in it, and the ways there. */
  readonly ports: WorkspacePorts;
  readonly #ground: Ground;
  readonly #agentName: string | undefined;
  #info: Workspace;
  #isKept: boolean;
  #commands: { readonly agentId: string; readonly shared: SharedCommands } | undefined;

  /** Workspaces come of a `Hearth`. */
  constructor(ground: Ground, info: Workspace, options: { agent: string | undefined; isKept: boolean }) {
    this.id = info.id;
    this.#ground = ground;
    this.#info = info;
    this.#agentName = options.agent;
    this.#isKept = options.isKept;
    const agent = () => chooseAgent(this.#info, this.#agentName);
    this.files = new WorkspaceFiles({ client: ground.client, agentId: () => agent().id });
    this.ports = new WorkspacePorts({ ...ground, now: () => ({ workspace: this.#info, agent: agent() }) });
  }

  get name(): string {
    return this.#info.name;
  }

  /** Of its owner. */
  get owner(): string {
    return this.#info.owner_name;
  }

  /** When it was last looked at; {@link refresh} looks again. */
  get status(): WorkspaceStatus {
    return this.#info.latest_build.status;
  }

  /** All that the API says of it, as of the last look. */
  get info(): Workspace {
    return this.#info;
  }

  /** Whether it stays at the end of an `await using` block. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** Looks at it again. @throws ApiError 404 or 410 where it is gone */
  async refresh(options: WaitOptions = {}): Promise<this> {
    return await this.#become(options, "refresh", async ({ client, signal }) => {
      return await client.call(getWorkspace, { params: { workspace: this.id }, query: {}, signal });
    });
  }

  /**
   * Runs a command to its end: a line for the user's shell, or a program with its arguments. Another exit code than 0 is no
   * error unless `check` is set. Whoever gives it up, by signal or time, ends it.
   * @throws CommandError when it could not be started, or the connection was lost; ExecFailed; ApiError; the signal's
   *   reason, or a `TimeoutError`
   */
  async exec(line: CommandLine, options: ExecOptions = {}): Promise<ExecResult> {
    return await exec(this.#ground, this.#sharedCommands(), line, options);
  }

  /**
   * Starts a process and gives its streams. It ends when it is let go of, unless `detach` is set; `await using` does that.
   * @throws CommandError; ApiError; the signal's reason
   */
  async spawn(line: CommandLine, options: SpawnOptions = {}): Promise<RunningProcess> {
    return await spawn(this.#sharedCommands(), line, options);
  }

  /** Starts a command on a terminal. @throws as {@link HearthWorkspace.spawn} */
  async pty(options: PtyOptions = {}): Promise<Terminal> {
    return await openTerminal(this.#sharedCommands(), options);
  }

  /**
   * Follows a process that was started, by its id: what it says from byte `after` of both streams on.
   * @throws CommandError `no_such_process` from 5 minutes after its end on; ApiError; the signal's reason
   */
  async attach(processId: string, options: AttachOptions = {}): Promise<RunningProcess> {
    return await attach(this.#sharedCommands(), processId, options);
  }

  /** The processes that were started as commands: those that run, and those that ended up to 5 minutes ago. @throws ApiError */
  async processes(options: { readonly signal?: AbortSignal } = {}): Promise<WorkspaceProcess[]> {
    const params = { workspaceagent: chooseAgent(this.#info, this.#agentName).id };
    return (await this.#ground.client.call(listProcesses, { params, ...options })).processes;
  }

  /**
   * The log of its latest build, then what the scripts of its agents said; with `follow` as it comes.
   * @throws ApiError; the signal's reason
   */
  logs(options: LogOptions = {}): AsyncGenerator<LogLine, void, undefined> {
    return logsOf(this.#ground, this.id, options);
  }

  /** The address of a port in a browser; as {@link WorkspacePorts.url}. */
  async url(port: number): Promise<string> {
    return await this.ports.url(port);
  }

  /**
   * Starts it and waits until its agent is connected; one that runs, or is starting, is waited for.
   * @throws ApiError; WorkspaceFailed; the signal's reason, or a `TimeoutError`
   */
  async start(options: WaitOptions = {}): Promise<this> {
    return await this.#become(options, "start", async (means) => {
      const { client, signal } = means;
      const now = await client.call(getWorkspace, { params: { workspace: this.id }, query: {}, signal });
      const isUp = ["running", "starting", "pending"].includes(now.latest_build.status);
      if (isUp && now.latest_build.transition === "start") return await settled(now, now.latest_build, means);
      return await build(this.id, "start", means);
    });
  }

  /** Stops it and waits until that is done. What is in its volumes stays. @throws as {@link HearthWorkspace.start} */
  async stop(options: WaitOptions = {}): Promise<this> {
    return await this.#become(options, "stop", async (means) => await build(this.id, "stop", means));
  }

  /** Moves the time when it stops by itself. @throws ApiError 409 where it has none, 400 for less than 30 minutes or too late */
  async extend(by: ExtendOptions, options: WaitOptions = {}): Promise<this> {
    const until = "until" in by ? by.until : new Date(this.#ground.clock.now() + by.forMs);
    return await this.#become(options, "extend", async ({ client, signal }) => {
      const params = { workspace: this.id };
      await client.call(extendWorkspace, { params, body: { deadline: until.toISOString() }, signal });
      return await client.call(getWorkspace, { params, query: {}, signal });
    });
  }

  /** It is not deleted at the end of an `await using` block. */
  keep(): this {
    this.#isKept = true;
    return this;
  }

  /**
   * Deletes it with all that is in it, kept or not, and waits until that is done; what is under way is canceled first, or
   * waited for. Again is no fault.
   * @throws ApiError; WorkspaceFailed; the signal's reason, or a `TimeoutError`
   */
  async delete(options: WaitOptions = {}): Promise<void> {
    await within(this.#ground, options, "delete", async (means) => await deleteWorkspace(this.id, means));
  }

  /** Closes its connection at once instead of a second after its last command, which ends what still runs undetached. */
  close(): void {
    this.#commands?.shared[Symbol.dispose]();
    this.#commands = undefined;
  }

  /** What `await using` does at the end of its block: deletes one that was claimed, unless it is kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    if (!this.#isKept) await this.delete();
  }

  /** Those of its agent as it is now: a start, or a claim, makes another one. */
  #sharedCommands(): SharedCommands {
    const { id: agentId } = chooseAgent(this.#info, this.#agentName);
    if (this.#commands?.agentId !== agentId) {
      this.close();
      this.#commands = { agentId, shared: new SharedCommands(this.#ground, agentId) };
    }
    return this.#commands.shared;
  }

  async #become(options: WaitOptions, what: string, fn: (means: Means) => Promise<Workspace>): Promise<this> {
    try {
      this.#info = await within(this.#ground, options, what, fn);
      return this;
    } catch (error) {
      if (error instanceof WorkspaceFailed) this.#info = error.workspace;
      throw error;
    }
  }
}
