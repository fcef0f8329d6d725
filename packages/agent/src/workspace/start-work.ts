import { type Logger, Wake } from "@hearth/base";
import { Lifecycle_State as State, type Manifest } from "@hearth/wire/agent-proto";
import type { Lifecycle } from "#lifecycle/lifecycle.ts";
import type { LogQueue } from "#logs/log-queue.ts";
import type { TimingQueue } from "#scripts/report-timings.ts";
import type { ScriptOutcome, ScriptServices } from "#scripts/run-script.ts";
import { type Occasion, runScripts, scriptsFor } from "#scripts/run-scripts.ts";
import { type Script, toScript } from "#scripts/script.ts";
import { decideChange } from "#workspace/decide-change.ts";
import { waitUntil } from "#wait/wait-until.ts";
import type { ManifestChange } from "#workspace/decide-change.ts";
import type { Workspace } from "#workspace/workspace.ts";

export interface StartWorkOptions {
  readonly workspace: Workspace;
  readonly lifecycle: Lifecycle;
  readonly logs: LogQueue;
  readonly timings: TimingQueue;
  readonly scripts: ScriptServices;
  readonly log: Logger;
}

const startStates: Readonly<Record<ScriptOutcome, State>> = {
  ok: State.READY,
  failed: State.START_ERROR,
  timed_out: State.START_TIMEOUT,
};
const stopStates: Readonly<Record<ScriptOutcome, State>> = {
  ok: State.OFF,
  failed: State.SHUTDOWN_ERROR,
  timed_out: State.SHUTDOWN_TIMEOUT,
};

/**
 * What the agent does because of a manifest: the work of a start or a claim, and the state that follows from it.
 *
 * - Only the newest work decides the state: what an overtaken one comes to belongs to another agent id.
 * - Work of a claim begins when the start's has ended, and starts nothing again.
 * - Without scripts to run there is nothing to wait for but secrets that are files: the state is `ready` without `starting`.
 */
export class StartWork {
  readonly #options: StartWorkOptions;
  readonly #stopping = new AbortController();
  #newest = 0;
  #running: Promise<unknown> | undefined;
  #scripts: readonly Script[] = [];
  #written: Promise<void> = Promise.resolve();
  #isUsable = false;
  readonly #usable = new Wake();

  constructor(options: StartWorkOptions) {
    this.#options = options;
  }

  /** Takes a manifest and does what it asks for. Does not wait for the work; says what has changed. */
  take(manifest: Manifest): ManifestChange {
    const { workspace, lifecycle, log } = this.#options;
    const change = decideChange(workspace.manifest, manifest);
    if (change === "stale") return change;
    workspace.use(manifest);
    this.#written = workspace.writeSecrets();
    if (this.#stopping.signal.aborted) return change;
    switch (change) {
      case "first":
        this.#begin("start", manifest);
        break;
      case "rebuilt":
        log.info({}, "the workspace has a new build; starting again");
        this.#forgetOldAgent(manifest);
        this.#begin("start", manifest);
        break;
      case "claimed":
        log.info({ owner: manifest.ownerUsername }, "the workspace was claimed");
        this.#forgetOldAgent(manifest);
        this.#begin("claim", manifest);
        break;
      case "same":
        lifecycle.catchUp(manifest.lifecycleState);
        break;
    }
    return change;
  }

  /** Resolves once the secrets of the newest manifest that are files are there. Never rejects. */
  get written(): Promise<void> {
    return this.#written;
  }

  /**
   * Resolves once what blocks the log-in has ended, well or not: at once where nothing does. Rejects with the signal's
   * reason.
   */
  async usable(signal: AbortSignal): Promise<void> {
    await waitUntil(() => this.#isUsable, [this.#usable], signal);
  }

  /** Interrupts what runs, runs the stop scripts, and enters the last state. */
  async stop(): Promise<void> {
    const { lifecycle, scripts } = this.#options;
    this.#newest++;
    this.#stopping.abort();
    const outcome = await runScripts("stop", this.#scripts, scripts, new AbortController().signal);
    lifecycle.set(stopStates[outcome]);
  }

  /** States, lines and timings that were not sent yet belong to an agent that is no more. */
  #forgetOldAgent({ scripts }: Manifest): void {
    const { lifecycle, logs, timings } = this.#options;
    lifecycle.reset();
    timings.clear();
    logs.reset(scripts.map(toScript).map(({ logSourceId }) => logSourceId));
  }

  #begin(occasion: Occasion & ("start" | "claim"), { scripts, secrets }: Manifest): void {
    const { lifecycle } = this.#options;
    const number = ++this.#newest;
    this.#scripts = scripts.map(toScript);
    const hasScripts = scriptsFor(occasion, this.#scripts).length > 0;
    const hasFiles = secrets.some(({ filePath }) => filePath !== "");
    const isAfterStart = occasion === "claim" && this.#running !== undefined;
    if (!hasScripts && !hasFiles && !isAfterStart) {
      lifecycle.set(State.READY);
      this.#unblock(number);
      return;
    }
    this.#isUsable = false;
    // Files are there in a moment, and before anything begins: writing them is no start.
    if (hasScripts || isAfterStart) lifecycle.set(State.STARTING);
    const work = this.#work(occasion, number).finally(() => {
      if (this.#running === work) this.#running = undefined;
    });
    this.#running = work;
  }

  async #work(occasion: Occasion & ("start" | "claim"), number: number): Promise<void> {
    const { lifecycle, scripts } = this.#options;
    const before = occasion === "claim" ? this.#running : undefined;
    await Promise.all([this.#written, before]);
    const outcome = await runScripts(occasion, this.#scripts, scripts, this.#stopping.signal, () =>
      this.#unblock(number),
    );
    if (number === this.#newest) lifecycle.set(startStates[outcome]);
  }

  #unblock(number: number): void {
    if (number !== this.#newest) return;
    this.#isUsable = true;
    this.#usable.notify();
  }
}
