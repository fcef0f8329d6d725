import { onAbort, Scope, untilAborted, type Clock } from "@hearth/base";
import { CommandsConnection, maxOpenCommands, withLength, type Command } from "@hearth/sdk/commands";
import type * as api from "@hearth/sdk";
import {
  reachAgent,
  type DialGrant,
  type ReachDeps,
  type ReachedAgent,
  type ReachOptions,
} from "../dial/reach-agent.ts";
import { hearFrames, openCommandStream } from "./command-stream.ts";

/** A connection that no command uses any more is kept for whoever comes next. */
const idleMs = 5 * 60_000;

interface Shared {
  readonly connection: CommandsConnection;
  /** The agent speaks frames. @throws ApiError `exec_unsupported`, `agent_unreachable` */
  readonly agreed: Promise<void>;
  /** Ends the wait of a connection that is idle. */
  rest?: Disposable | undefined;
}

export interface StartOptions extends Pick<ReachOptions, "agentId" | "isBeingClaimed"> {
  readonly request: api.CommandStart;
  /** Lets go of the command: it ends, unless it was started with `detach`. */
  readonly signal: AbortSignal;
}

/**
 * The commands that this server starts itself, for whoever asks it by plain HTTP: one connection to each agent carries
 * them, opened by the first, so that the next costs a message.
 *
 * - A connection is kept while a command of it is open, and 5 minutes more.
 * - Who may start one is decided before, by the grant; the connection is the server's and nobody's in particular.
 */
export class SharedCommands implements Disposable {
  readonly #deps: ReachDeps & { readonly clock: Clock };
  readonly #byAgent = new Map<string, Set<Shared>>();
  readonly #opening = new Map<string, Promise<Shared>>();
  readonly #closing = new AbortController();

  constructor(deps: ReachDeps) {
    this.#deps = deps;
  }

  /** How many connections are open. */
  get connectionCount(): number {
    return [...this.#byAgent.values()].reduce((count, shared) => count + shared.size, 0);
  }

  /** Waits until commands can be started there. @throws ApiError `agent_unreachable`; the signal's reason */
  async reach(granted: DialGrant, at: Pick<ReachOptions, "agentId" | "signal">): Promise<void> {
    await reachAgent(this.#deps, granted, { ...at, wait: "ready" });
  }

  /**
   * Follows a process that runs or ended a moment ago, from its first byte on; it goes on when `signal` aborts.
   * @throws ApiError `agent_unreachable`, `exec_unsupported`; the signal's reason
   */
  async attach(granted: DialGrant, at: { agentId: string; processId: string; signal: AbortSignal }): Promise<Command> {
    const { agentId, processId, signal } = at;
    return await this.#use(granted, { agentId, wait: "none", signal }, (connection) =>
      connection.attach(processId, 0, { signal }),
    );
  }

  /**
   * Starts a command. Resolves when the agent is known to take it; what comes of it is told by the command.
   * @throws ApiError `agent_unreachable`, `exec_unsupported`; FrameError for a request over 256 KiB; the signal's reason
   */
  async start(granted: DialGrant, { agentId, isBeingClaimed, request, signal }: StartOptions): Promise<Command> {
    const reach = { agentId, wait: request.wait ?? "ready", isBeingClaimed: isBeingClaimed === true, signal };
    return await this.#use(granted, reach, (connection) => connection.start(request, { signal }));
  }

  async #use(
    granted: DialGrant,
    reach: ReachOptions,
    begin: (connection: CommandsConnection) => Command,
  ): Promise<Command> {
    const agent = await reachAgent(this.#deps, granted, reach);
    const shared = this.#findFree(agent.id) ?? (await unlessAborted(this.#openOnce(agent), reach.signal));
    const command = begin(shared.connection);
    shared.rest?.[Symbol.dispose]();
    void command.exit
      .catch(() => undefined) // told to whoever has the command
      .finally(() => this.#restIfIdle(shared));
    await shared.agreed;
    return command;
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
    for (const all of this.#byAgent.values()) for (const { connection } of all) connection[Symbol.dispose]();
  }

  #findFree(agentId: string): Shared | undefined {
    const all = this.#byAgent.get(agentId) ?? [];
    return [...all].find(({ connection }) => !connection.isOver && connection.openCount < maxOpenCommands);
  }

  /** One for all who come while it is opened; who leaves meanwhile takes it from nobody. */
  #openOnce(agent: ReachedAgent): Promise<Shared> {
    const known = this.#opening.get(agent.id);
    if (known !== undefined) return known;
    const opening = this.#open(agent).finally(() => this.#opening.delete(agent.id));
    this.#opening.set(agent.id, opening);
    return opening;
  }

  async #open(agent: ReachedAgent): Promise<Shared> {
    const stream = await openCommandStream(agent, this.#closing.signal);
    const agreed = Promise.withResolvers<void>();
    agreed.promise.catch(() => undefined); // whoever starts a command hears of it
    const connection = new CommandsConnection({
      send: (frame) => void stream.write(withLength(frame)), // bounded by the windows of its commands
      close: () => void stream.end(),
    });
    const shared: Shared = { connection, agreed: agreed.promise };
    const all = this.#byAgent.get(agent.id) ?? new Set();
    this.#byAgent.set(agent.id, all.add(shared));
    hearFrames(stream, {
      onAgreed: () => agreed.resolve(),
      onFrame: (frame) => connection.receive(frame),
      onEnd: (why) => {
        all.delete(shared);
        if (all.size === 0) this.#byAgent.delete(agent.id);
        shared.rest?.[Symbol.dispose]();
        connection.end(why);
        agreed.reject(why);
      },
    });
    if (this.#closing.signal.aborted) connection[Symbol.dispose]();
    return shared;
  }

  #restIfIdle(shared: Shared): void {
    const { connection } = shared;
    if (connection.openCount > 0 || connection.isOver) return;
    shared.rest?.[Symbol.dispose]();
    const deadline = this.#deps.clock.timeout(idleMs, { tag: "commands-idle" });
    const rest = new DisposableStack();
    rest.use(deadline);
    rest.use(onAbort(deadline.signal, () => connection[Symbol.dispose]()));
    shared.rest = rest;
  }
}

/** @throws the signal's reason when it aborts first */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  using waiting = new Scope(signal);
  return await Promise.race([promise, untilAborted(waiting.signal)]);
}
