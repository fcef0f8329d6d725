import { type Clock, type Logger, Mutex, Scope, untilAborted, withTimeout } from "@hearth/base";
import { type AgentClient, createAgentClient, uuidFromBytes, type YamuxSession } from "@hearth/wire";
import type { Manifest } from "@hearth/wire/agent-proto";
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
  /** The server tells manifests by itself. */
  readonly isPushed: boolean;
  /** As reported, with the leading `v`. */
  readonly version: string;
  /** Told once the first words are on their way: until they are answered there is time for what is needed next. */
  readonly onSaid: () => void;
  /** Told once all states so far are reported: the moment for what could wait. */
  readonly onReported: () => void;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts when the agent begins to shut down: what only watches stops then, what reports goes on. */
  readonly stopping: AbortSignal;
}

/** How long a server that said that it tells the manifest may take for it. */
const pushWithinMs = 5_000;

/**
 * What the agent says over one session: first it learns its manifest and introduces itself, then it reports.
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
  readonly #pushed = Promise.withResolvers<void>();
  /** The directory that the server was told last. */
  #introducedIn: string | undefined;

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
      await this.#learn();
      // Sent first; what follows need not wait for its answer.
      const introducing = this.#introduce();
      const routines = this.#routines();
      void this.#tellWhenSaid();
      void this.#tellWhenReported();
      await Promise.all([introducing, ...routines]);
    } catch (error) {
      if (!this.#ended.signal.aborted) log.warn({ err: error }, "session ended by an error");
      this.#yamux.destroy();
    }
    await this.#yamux.closed;
  }

  /** Takes a manifest that the server tells by itself. Whatever the server dials once this has resolved finds it done. */
  async takePushed(manifest: Manifest): Promise<void> {
    const { log } = this.#parts;
    const { signal } = this.#ended;
    {
      using _turn = await this.#taking.lock({ signal });
      await this.#take(manifest);
    }
    this.#pushed.resolve();
    // Who is still to be introduced is when the session begins.
    if (this.#introducedIn === undefined) return;
    this.#introduce().catch((error: unknown) => {
      if (!signal.aborted) log.warn({ err: error }, "the server was not told of a new directory");
    });
  }

  /** The first manifest: pushed, or fetched from a server that does not push, or not in time. */
  async #learn(): Promise<void> {
    const { isPushed, clock, log } = this.#parts;
    if (isPushed) {
      try {
        const limit = { ms: pushWithinMs, clock, signal: this.#ended.signal, tag: "first manifest" };
        await withTimeout((signal) => Promise.race([this.#pushed.promise, untilAborted(signal)]), limit);
        return;
      } catch (error) {
        this.#ended.signal.throwIfAborted();
        log.warn({ err: error }, "the server did not tell the manifest; asking for it");
      }
    }
    await this.#fetchManifest();
  }

  /** Fetches the manifest and does what it asks for. One at a time. */
  async #fetchManifest(): Promise<ManifestChange> {
    const { signal } = this.#ended;
    using _turn = await this.#taking.lock({ signal });
    return await this.#take(await this.client.getManifest({}, { signal }));
  }

  async #take(manifest: Manifest): Promise<ManifestChange> {
    const { work, metadata } = this.#parts;
    const change = work.take(manifest);
    if (change === "stale") return change;
    metadata.setKeys(manifest.metadata.map(toMetadataKey), { isAnew: change !== "same" });
    await work.written;
    return change;
  }

  /** Says who we are, and where; again only when that is another place. */
  async #introduce(): Promise<void> {
    const { workspace, version } = this.#parts;
    const expandedDirectory = workspace.directory;
    if (this.#introducedIn === expandedDirectory) return;
    this.#introducedIn = expandedDirectory;
    const startup = { version, expandedDirectory, subsystems: [] };
    await this.client.updateStartup({ startup }, { signal: this.#ended.signal });
  }

  /** Takes the news of a claim. True once the manifest says the same. */
  async onClaim({ ownerId }: ClaimEvent): Promise<boolean> {
    const change = await this.#fetchManifest();
    await this.#introduce();
    const known = this.#parts.workspace.manifest?.ownerId;
    const owner = known && known.length > 0 ? uuidFromBytes(known) : undefined;
    return ownerId === undefined ? change === "claimed" : owner === ownerId.toLowerCase();
  }

  /** A turn later: what was said above is written by then. */
  async #tellWhenSaid(): Promise<void> {
    const { clock, onSaid } = this.#parts;
    try {
      await clock.sleep(0, { signal: this.#ended.signal, tag: "first words" });
      onSaid();
    } catch {
      // the session ended before
    }
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
