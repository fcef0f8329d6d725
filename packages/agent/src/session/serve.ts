import { type Clock, type Logger, Mutex, Scope, untilAborted } from "@hearth/base";
import { type AgentClient, createAgentClient, uuidFromBytes, type YamuxSession } from "@hearth/wire";
import type { ConnectionReports } from "#connections/connection-reports.ts";
import type { Lifecycle } from "#lifecycle/lifecycle.ts";
import { reportLifecycle } from "#lifecycle/report-lifecycle.ts";
import type { LogQueue } from "#logs/log-queue.ts";
import { sendLogs } from "#logs/send-logs.ts";
import { toMetadataKey } from "#metadata/decide.ts";
import type { Metadata } from "#metadata/metadata.ts";
import type { ClaimEvent } from "#reinit/listen-for-claim.ts";
import { reportTimings, type TimingQueue } from "#scripts/report-timings.ts";
import { reportStats } from "#stats/report-stats.ts";
import type { Usage } from "#stats/usage.ts";
import type { ManifestChange } from "#workspace/decide-change.ts";
import type { StartWork } from "#workspace/start-work.ts";
import { waitUntil } from "#wait/wait-until.ts";
import type { Workspace } from "#workspace/workspace.ts";

/** What lives outside of sessions and is served by each of them. */
export interface SessionParts {
  readonly workspace: Workspace;
  readonly work: StartWork;
  readonly lifecycle: Lifecycle;
  readonly logs: LogQueue;
  readonly timings: TimingQueue;
  readonly metadata: Metadata;
  readonly usage: Usage;
  readonly reports: ConnectionReports;
  /** As reported, with the leading `v`. */
  readonly version: string;
  /** Told once all states so far are reported: the moment for what could wait. */
  readonly onReported: () => void;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts when the agent begins to shut down: what only watches stops then, what reports goes on. */
  readonly stopping: AbortSignal;
}

/**
 * What the agent says over one session: first it fetches the manifest and introduces itself, then it reports.
 *
 * Everything that is reported lives outside, so a session that ends loses nothing.
 * @see agents §18.1, §18.2
 */
export class AgentConversation {
  readonly client: AgentClient;
  readonly #yamux: YamuxSession;
  readonly #parts: SessionParts;
  readonly #taking = new Mutex();
  readonly #ended = new AbortController();

  constructor(yamux: YamuxSession, parts: SessionParts) {
    this.#yamux = yamux;
    this.#parts = parts;
    this.client = createAgentClient(yamux, { clock: parts.clock });
    void yamux.closed.then(({ error }) => this.#ended.abort(error ?? new Error("The session is over.")));
  }

  /** Talks until the session is over; resolves then. What fails on our side ends the session. Never rejects. */
  async run(): Promise<void> {
    const { log } = this.#parts;
    try {
      await this.fetchManifest();
      const routines = this.#routines();
      void this.#tellWhenReported();
      await Promise.all(routines);
    } catch (error) {
      if (!this.#ended.signal.aborted) log.warn({ err: error }, "session ended by an error");
      this.#yamux.destroy();
    }
    await this.#yamux.closed;
  }

  /** Fetches the manifest, does what it asks for, and introduces the agent. One at a time. */
  async fetchManifest(): Promise<ManifestChange> {
    const { signal } = this.#ended;
    using _turn = await this.#taking.lock({ signal });
    const { workspace, work, metadata, version } = this.#parts;
    const manifest = await this.client.getManifest({}, { signal });
    const change = work.take(manifest);
    const startup = { version, expandedDirectory: workspace.directory, subsystems: [] };
    await this.client.updateStartup({ startup }, { signal });
    metadata.setKeys(manifest.metadata.map(toMetadataKey), { isAnew: change !== "same" });
    return change;
  }

  /** Takes the news of a claim. True once the manifest says the same. */
  async onClaim({ ownerId }: ClaimEvent): Promise<boolean> {
    const change = await this.fetchManifest();
    const known = this.#parts.workspace.manifest?.ownerId;
    const owner = known && known.length > 0 ? uuidFromBytes(known) : undefined;
    return ownerId === undefined ? change === "claimed" : owner === ownerId.toLowerCase();
  }

  async #tellWhenReported(): Promise<void> {
    const { lifecycle, onReported } = this.#parts;
    try {
      await waitUntil(() => lifecycle.unreported() === undefined, [lifecycle.changed], this.#ended.signal);
      onReported();
    } catch {
      // the session ended before
    }
  }

  #routines(): Promise<never>[] {
    const { lifecycle, logs, timings, metadata, usage, reports, clock, log } = this.#parts;
    const { client } = this;
    const { signal } = this.#ended;
    const ping = (options: { signal: AbortSignal }): Promise<number> => this.#yamux.ping(options);
    return [
      reportLifecycle({ lifecycle, client, clock, signal }),
      sendLogs({ queue: logs, client, clock, signal, log }),
      reportTimings({ queue: timings, client, clock, signal, log }),
      reports.run({ client, signal }),
      this.#untilStopping((until) => metadata.run({ client, log, signal: until })),
      this.#untilStopping((until) => reportStats({ usage, client, ping, clock, signal: until })),
    ];
  }

  /** Runs what need not go on while the agent shuts down. */
  async #untilStopping(routine: (signal: AbortSignal) => Promise<never>): Promise<never> {
    const { stopping } = this.#parts;
    const { signal } = this.#ended;
    using over = new Scope(signal, stopping);
    try {
      return await routine(over.signal);
    } catch (error) {
      if (!stopping.aborted) throw error;
      return await untilAborted(signal);
    }
  }
}
