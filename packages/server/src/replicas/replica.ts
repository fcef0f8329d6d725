import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { runLoop, type Clock, type Logger } from "@hearth/base";
import { authorize, systemActor, systemContext, type Context, type SystemActor } from "../access/index.ts";
import type { Db } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { removeReplicas, type LostAgent } from "./remove-replicas.ts";
import { findReplica, insertReplica, renewAndList, type ReplicaRow } from "./store.ts";
import { leaseMs, renewEveryMs } from "./timing.ts";

export interface ReplicaDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
  /** @default a new one */
  readonly id?: string;
  /** Where other replicas reach this one; empty for a deployment of one. */
  readonly address?: string;
  /** @default the machine's name */
  readonly hostname?: string;
  /** Who ends the sessions of replicas that are gone. In tests, with fewer rights. @default the part that these are of */
  readonly part?: SystemActor;
}

/**
 * This process among the replicas of the deployment: a lease row that is renewed while it lives.
 *
 * - What it holds (sessions of agents) lives as long as its lease; nobody writes for a single agent.
 * - Every replica ends the leases that are over, and with each, in one statement, the sessions recorded under it.
 * - A replica that finds its row gone (it was paused for longer than its lease) takes the row again and calls
 *   `onTakenBack`, so that whoever holds something under the lease records it again.
 */
export class Replica implements AsyncDisposable {
  readonly id: string;
  readonly #deps: ReplicaDeps;
  readonly #ctx: Context;
  readonly #stop = new AbortController();
  readonly #takenBack = new Set<() => void>();
  #known: readonly ReplicaRow[] = [];
  #renewedAtMs = 0;
  #loop: Promise<void> | undefined;

  private constructor(deps: ReplicaDeps) {
    this.#deps = deps;
    this.id = deps.id ?? randomUUID();
    this.#ctx = systemContext(deps.part ?? systemActor("agents"), deps.log, this.#stop.signal);
  }

  /** Resolves once the lease is held. A predecessor that crashed is ended when its lease is over. */
  static async start(deps: ReplicaDeps): Promise<Replica> {
    const replica = new Replica(deps);
    await replica.#insert();
    replica.#loop = runLoop(
      { name: "replica-lease", everyMs: renewEveryMs, clock: deps.clock, signal: replica.#stop.signal, log: deps.log },
      () => replica.#renew(),
    );
    return replica;
  }

  /** When the lease was last renewed: what is alive under it was last heard of then. */
  get renewedAtMs(): number {
    return this.#renewedAtMs;
  }

  /** The replicas that held their lease at the last look, this one included; at most 5 s old. */
  live(): readonly ReplicaRow[] {
    const nowMs = this.#deps.clock.now();
    return this.#known.filter((replica) => nowMs < replica.expiresAtMs);
  }

  /** A replica that holds its lease. One that came since the last look is looked for. */
  async find(id: string): Promise<ReplicaRow | undefined> {
    const known = this.live().find((replica) => replica.id === id);
    return known ?? (await findReplica(this.#deps.db, { id, nowMs: this.#deps.clock.now() }));
  }

  /** Calls `listener` whenever the lease was lost and taken again. */
  onTakenBack(listener: () => void): Disposable {
    this.#takenBack.add(listener);
    return { [Symbol.dispose]: () => void this.#takenBack.delete(listener) };
  }

  /** Gives the lease up; sessions that are still recorded under it end now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    const nowMs = this.#deps.clock.now();
    this.#announce(await this.#remove({ nowMs, ids: [this.id] }));
  }

  async #insert(): Promise<void> {
    const { db, clock, version, address = "", hostname: host = hostname() } = this.#deps;
    const nowMs = clock.now();
    const expiresAtMs = nowMs + leaseMs;
    await insertReplica(db, { id: this.id, nowMs, expiresAtMs, hostname: host, address, version });
    this.#renewedAtMs = nowMs;
    const own = { id: this.id, hostname: host, address, version, renewedAtMs: nowMs, expiresAtMs };
    this.#known = [...this.#known.filter((replica) => replica.id !== this.id), own];
  }

  async #renew(): Promise<void> {
    const { db, clock, log } = this.#deps;
    const nowMs = clock.now();
    const { wasRenewed, replicas } = await renewAndList(db, { id: this.id, nowMs, expiresAtMs: nowMs + leaseMs });
    this.#known = replicas;
    if (wasRenewed) {
      this.#renewedAtMs = nowMs;
    } else {
      log.warn({ replicaId: this.id }, "lease of this replica was over, taking it again");
      await this.#insert();
      for (const listener of this.#takenBack) listener();
    }
    if (replicas.some((replica) => replica.expiresAtMs <= nowMs)) {
      const lost = await this.#remove({ nowMs });
      log.warn({ agents: lost.length }, "lease of another replica is over");
      this.#announce(lost);
    }
  }

  /** Whose agents those are is not known before: of any workspace. */
  async #remove(gone: Parameters<typeof removeReplicas>[2]): Promise<LostAgent[]> {
    return await removeReplicas(this.#deps.db, authorize(this.#ctx, "workspace:update_agent", {}), gone);
  }

  #announce(lost: readonly LostAgent[]): void {
    for (const { agentId, workspaceId, ownerId } of lost) {
      this.#deps.pubsub.publish("workspace_owner", ownerId, {
        kind: "agt_connection_update",
        workspace_id: workspaceId,
        agent_id: agentId,
      });
    }
  }
}
