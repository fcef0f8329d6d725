import { onAbort, untilAborted } from "@hearth/base";
import type { Command, CommandsConnection } from "../commands/index.ts";
import { openCommands } from "../open-commands.ts";
import type { CommandStart } from "../schemas/commands.ts";
import { longestBuildMs, type Ground } from "./means.ts";

/** So long a connection without commands stays open: it keeps the program alive, and is quick to open again. */
const idleMs = 1_000;

/** The one connection that commands for an agent share: opened for the first of them, closed a second after the last. */
export class SharedCommands implements Disposable {
  readonly #ground: Ground;
  readonly #agentId: string;
  readonly #over = new AbortController();
  #opening: Promise<CommandsConnection> | undefined;
  #uses = 0;

  constructor(ground: Ground, agentId: string) {
    this.#ground = ground;
    this.#agentId = agentId;
  }

  /** Starts one. @throws ApiError `exec_unsupported`, `agent_unreachable`, …; CommandError; the signal's reason */
  async start(request: CommandStart, signal: AbortSignal): Promise<Command> {
    return await this.#begin(request.wait ?? "ready", signal, (open) => open.start(request, { signal }));
  }

  /** Follows one that was started. @throws as {@link SharedCommands.start} */
  async attach(processId: string, afterBytes: number, signal: AbortSignal): Promise<Command> {
    return await this.#begin("none", signal, (open) => open.attach(processId, afterBytes, { signal }));
  }

  /** Lets go of what still runs. */
  [Symbol.dispose](): void {
    this.#over.abort(new DOMException("The workspace was let go of.", "AbortError"));
    this.#opening?.then((connection) => connection[Symbol.dispose]()).catch(() => undefined);
    this.#opening = undefined;
  }

  async #begin(
    wait: "ready" | "none",
    signal: AbortSignal,
    begin: (connection: CommandsConnection) => Command,
  ): Promise<Command> {
    for (;;) {
      signal.throwIfAborted();
      const opening = (this.#opening ??= this.#open(wait));
      const connection = await either(opening, signal);
      if (!connection.isOver) return this.#use(connection, begin(connection));
      // It was closed, or lost, while nobody used it.
      if (this.#opening === opening) this.#opening = undefined;
    }
  }

  #use(connection: CommandsConnection, command: Command): Command {
    this.#uses++;
    const onEnd = () => {
      if (connection.openCount === 0) void this.#closeWhenIdle(connection);
    };
    command.exit.then(onEnd, onEnd);
    return command;
  }

  /** Closes it unless it is used within a while; whoever ends the last of its commands asks again. Never rejects. */
  async #closeWhenIdle(connection: CommandsConnection): Promise<void> {
    const uses = this.#uses;
    try {
      await this.#ground.clock.sleep(idleMs, { signal: this.#over.signal, tag: "idle commands" });
    } catch {
      return; // closed with everything
    }
    if (connection.openCount === 0 && this.#uses === uses) connection[Symbol.dispose]();
  }

  /** For all who wait for it, so that none of them can give it up for the others. */
  async #open(wait: "ready" | "none"): Promise<CommandsConnection> {
    const { client, clock, openSocket } = this.#ground;
    using limit = clock.timeout(longestBuildMs, { signal: this.#over.signal, tag: "open commands" });
    try {
      const connection = await openCommands(client, this.#agentId, { wait, openSocket, signal: limit.signal });
      void this.#closeWhenIdle(connection);
      return connection;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}

/** The promise, or the signal's reason if that comes first. */
async function either<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const given = new AbortController();
  using _outer = onAbort(signal, () => given.abort(signal.reason));
  try {
    return await Promise.race([promise, untilAborted(given.signal)]);
  } finally {
    given.abort();
  }
}
