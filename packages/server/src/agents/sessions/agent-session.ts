import type { WebSocket } from "ws";
import { Scope, untilAborted, type Clock, type Logger } from "@hearth/base";
import { serveSession, webSocketStream, YamuxSession, type SessionServices } from "@hearth/wire";
import type { SessionFacts, StartupFacts } from "./store.ts";
import { ToldIds } from "./told-ids.ts";
import { closeWithinMs, inactivityMs, pingEveryMs } from "./timing.ts";

export interface AgentSessionOptions {
  readonly agentId: string;
  readonly workspaceId: string;
  readonly organizationId: string;
  /** Only such sessions count for the agent's connection status; side-cars of an agent use its token, too. */
  readonly isMonitored: boolean;
  /** Its manifests are pushed to it. */
  readonly takesPushes: boolean;
  /** As the agent asked for it: `2.10`. */
  readonly apiVersion: string;
  readonly socket: WebSocket;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Why we end a session, as the peer is told. */
export type CloseReason = "outdated" | "ping timeout" | "going away" | "replaced" | "internal error";

const closeCodes = {
  outdated: 1000,
  replaced: 1000,
  "ping timeout": 1001,
  "going away": 1001,
  "internal error": 1011,
} as const satisfies Record<CloseReason, number>;

/**
 * One connection of an agent: its calls come up, our dials go down.
 *
 * - `agentId` and `generation` change when the workspace is claimed, and never otherwise; whoever uses them reads them
 *   at the moment of use.
 * - What is known of the agent (`lifecycleState` …) is there once `opened` has resolved.
 * - `over` resolves when the session is decided to be over, `gone` once the socket is closed and every call has ended.
 */
export class AgentSession {
  agentId: string;
  readonly workspaceId: string;
  readonly organizationId: string;
  readonly isMonitored: boolean;
  /** False for good once it has refused one. */
  takesPushes: boolean;
  /** A claim's manifest is on its way; resolves when the agent has taken it, or did not. Undefined when none is. */
  taking: Promise<void> | undefined;
  readonly apiVersion: string;
  /** Undefined until its connection is recorded, and for sessions that are not monitored. */
  generation: number | undefined;
  lifecycleState: SessionFacts["lifecycleState"] = "created";
  logsOverflowed = false;
  startup: StartupFacts = { version: "", expandedDirectory: "", apiVersion: "", subsystems: [] };
  blocksLogin = false;
  /** A claim's, which may not have heard of it: false again once it has taken the manifest that was pushed. */
  isOfClaim = false;
  /** The last snapshot of the agent's context that was taken. */
  contextVersion: bigint | undefined;
  /** What its agent was told to call things by. */
  readonly told = new ToldIds();
  /** When the last ping that was answered left. */
  lastHeardMs: number;
  readonly yamux: YamuxSession;
  readonly over: Promise<void>;
  readonly opened: Promise<void>;
  readonly log: Logger;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #over = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  #gone: Promise<void> | undefined;
  #closeReason: CloseReason | undefined;

  constructor(options: AgentSessionOptions) {
    this.agentId = options.agentId;
    this.workspaceId = options.workspaceId;
    this.organizationId = options.organizationId;
    this.isMonitored = options.isMonitored;
    this.takesPushes = options.takesPushes;
    this.apiVersion = options.apiVersion;
    this.log = options.log;
    this.#socket = options.socket;
    this.#clock = options.clock;
    this.lastHeardMs = options.clock.now();
    this.over = this.#over.promise;
    this.opened = this.#opened.promise;
    // Calls that wait for it are answered with the failure; when there are none nobody needs to know.
    this.opened.catch(() => undefined);
    this.yamux = new YamuxSession(webSocketStream(options.socket), {
      role: "server",
      clock: options.clock,
      log: options.log,
    });
  }

  /** Whose right is asked for, but for its workspace's owner. */
  get facts(): { readonly agentId: string; readonly workspaceId: string; readonly organizationId: string } {
    const { agentId, workspaceId, organizationId } = this;
    return { agentId, workspaceId, organizationId };
  }

  /** Aborts when the session is decided to be over. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Whether calls and dials are still possible. */
  get isOpen(): boolean {
    return this.#closeReason === undefined && !this.yamux.isOver;
  }

  /** Why we ended it; undefined while it is open, or when the agent ended it. */
  get closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  /** Answers calls from now on; those that need more than the agent's id wait for {@link open}. */
  serve(services: SessionServices): void {
    this.#gone = serveSession(this.yamux, services, { clock: this.#clock, log: this.log });
    void this.yamux.closed.then((end) => {
      this.log.debug({ end: end.kind, reason: this.#closeReason }, "agent session closed");
      this.#finish();
    });
  }

  /** Takes what the session begins with. */
  open(facts: SessionFacts): void {
    this.lifecycleState = facts.lifecycleState;
    this.logsOverflowed = facts.logsOverflowed;
    this.startup = facts.startup;
    this.blocksLogin = facts.blocksLogin;
    this.isOfClaim = facts.isOfClaim;
    this.#opened.resolve();
  }

  /** The workspace was claimed: the session goes on as the new agent's, which has work to do before it is ready. */
  become(agentId: string): void {
    this.agentId = agentId;
    this.lifecycleState = "starting";
    this.isOfClaim = true;
    this.logsOverflowed = false;
  }

  /** The agent has taken the manifest of the claim, and is the new owner's. `blocksLogin`: one of its claim's scripts does. */
  hasBecome({ blocksLogin }: { readonly blocksLogin: boolean }): void {
    this.isOfClaim = false;
    this.blocksLogin = blocksLogin;
  }

  /** Resolves once no claim's manifest is on its way: who dials then meets the owner's agent. @throws the signal's reason */
  async settled(signal: AbortSignal): Promise<void> {
    using waiting = new Scope(signal);
    while (this.taking !== undefined) await Promise.race([this.taking, untilAborted(waiting.signal)]);
  }

  /** Pings every 15 s, and ends the session when none was answered for 30 s. Resolves when the session is over. */
  async monitor(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(pingEveryMs, { signal, tag: "agent-ping" });
      } catch {
        return; // over
      }
      const sentAtMs = this.#clock.now();
      if (sentAtMs - this.lastHeardMs >= inactivityMs) {
        this.close("ping timeout");
        return;
      }
      this.yamux.ping({ signal }).then(
        () => (this.lastHeardMs = Math.max(this.lastHeardMs, sentAtMs)),
        () => undefined, // over; or no answer, which the next round sees
      );
    }
  }

  /** Ends the session: it counts as over at once, and the socket is cut when the peer does not answer the close. */
  close(reason: CloseReason): void {
    if (this.#closeReason !== undefined) return;
    this.#closeReason = reason;
    this.#socket.close(closeCodes[reason], reason);
    this.#finish();
    void this.#cutLater();
  }

  /** Resolves once nothing of the session is left. */
  async gone(): Promise<void> {
    await this.yamux.closed;
    await this.#gone;
  }

  #finish(): void {
    this.#stop.abort();
    this.#opened.reject(new Error("the session ended before it was recorded"));
    this.#over.resolve();
  }

  async #cutLater(): Promise<void> {
    const closed = new AbortController();
    void this.yamux.closed.then(() => closed.abort());
    try {
      await this.#clock.sleep(closeWithinMs, { signal: closed.signal, tag: "agent-close" });
      this.yamux.destroy();
    } catch {
      // The peer closed in time.
    }
  }
}
