import { type Clock, messageOf, onAbort } from "@hearth/base";
import { Refusal } from "#api/refusal.ts";
import { CommandError } from "#commands/command-error.ts";
import type { Commands } from "#commands/commands.ts";
import { OutputFollower } from "#commands/follow-output.ts";
import type { KeptCommand } from "#commands/kept-command.ts";
import { HeadTail } from "#v0/head-tail.ts";

export interface ShellRequest {
  readonly command: string;
  readonly workdir: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Nothing but what is shown in the list. */
  readonly background: boolean;
}

interface ShellProcess extends ShellRequest {
  readonly kept: KeptCommand;
  readonly output: HeadTail;
}

const mostListed = 10;
const longestWaitMs = 5 * 60_000;
const readBytes = 64 * 1024;
/** Both outputs in one pipe, so that they come in the order they were written in; the line itself is left as it is. */
const mergedShell = 'exec sh -c "$1" 2>&1';
/** A process that a signal ended has no code of its own. */
const noExitCode = -1;

/** Lines of `sh` that run by themselves, with what is kept of their output for somebody who reads it as text. @see agents §17.2 */
export class ShellProcesses {
  readonly #commands: Commands;
  readonly #processes = new Map<string, ShellProcess>();

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /** Gives its id. @throws Refusal when it cannot be started */
  async start(request: ShellRequest, { signal }: { signal: AbortSignal }): Promise<string> {
    const kept = await this.#start(request, signal);
    const output = new HeadTail();
    const follower = new OutputFollower(kept, {
      room: () => readBytes,
      take: (piece) => (piece.source === "dropped" ? output.skip(piece.count) : output.push(piece.bytes)),
      end: () => undefined,
      fail: () => undefined, // what was read so far is shown
    });
    follower.pump();
    this.#prune();
    this.#processes.set(kept.id, { ...request, kept, output });
    return kept.id;
  }

  /** At most 10: those that run first, then the newest. */
  list(): object[] {
    this.#prune();
    return [...this.#processes.values()]
      .toReversed()
      .toSorted((a, b) => Number(a.kept.exit !== undefined) - Number(b.kept.exit !== undefined))
      .slice(0, mostListed)
      .map(({ kept, command, background }) => ({
        id: kept.id,
        command,
        workdir: kept.directory,
        background,
        running: kept.exit === undefined,
        ...(kept.exit && { exit_code: kept.exit.code ?? noExitCode }),
        started_at_unix: seconds(kept.startedAtMs),
        ...(kept.endedAtMs !== undefined && { exited_at_unix: seconds(kept.endedAtMs) }),
      }));
  }

  /** Its output so far and whether it runs; `waits`: when it has ended, or after five minutes. @throws Refusal */
  async output(
    id: string,
    { waits, clock, signal }: { waits: boolean; clock: Clock; signal: AbortSignal },
  ): Promise<object> {
    const { kept, output } = this.#get(id);
    if (waits) await untilEnded(kept, clock, signal);
    const { exit } = kept;
    return { ...output.read(), running: exit === undefined, ...(exit && { exit_code: exit.code ?? noExitCode }) };
  }

  /** @throws Refusal where it is not known, or has ended */
  signal(id: string, signal: NodeJS.Signals): void {
    const { kept } = this.#get(id);
    if (kept.exit) throw new Refusal(409, "not_running", `Process "${id}" is not running.`);
    kept.signal(signal);
  }

  async #start({ command, workdir, env }: ShellRequest, signal: AbortSignal): Promise<KeptCommand> {
    const request = {
      task: { argv: ["sh", "-c", mergedShell, "sh", command] },
      env,
      directory: workdir,
      tty: undefined,
      stdin: false,
      detach: true,
      timeoutMs: undefined,
      waitsUntilReady: false,
    } as const;
    try {
      return await this.#commands.start(request, { signal });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const detail = `start process: ${messageOf(error)}`;
      throw new Refusal(500, error.code, "Failed to start process.", { cause: error, detail });
    }
  }

  #get(id: string): ShellProcess {
    this.#prune();
    const process = this.#processes.get(id);
    if (process) return process;
    throw new Refusal(404, "no_such_process", `Process "${id}" not found.`);
  }

  /** What is no longer kept is not shown either. */
  #prune(): void {
    for (const id of this.#processes.keys()) if (!this.#commands.find(id)) this.#processes.delete(id);
  }
}

async function untilEnded(kept: KeptCommand, clock: Clock, signal: AbortSignal): Promise<void> {
  if (kept.exit) return;
  const over = Promise.withResolvers<void>();
  using _ended = kept.ended.subscribe(() => over.resolve());
  using deadline = clock.timeout(longestWaitMs, { signal, tag: "process output" });
  using _late = onAbort(deadline.signal, () => over.resolve());
  await over.promise;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
