import { onAbort, type Clock, type Logger } from "@hearth/base";
import { zeroUuid } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { decide, type Reach } from "../../access/index.ts";
import type { PubSub, WorkspaceEvent } from "../../ground/pubsub/index.ts";

/**
 * Batches to one follower are this far apart; the first event after quiet leaves at once. Few followers hear everything
 * at once; the more there are, the more goes into one batch, so that telling them never costs more than a share of the time.
 */
function gapMs(followers: number): number {
  return Math.min(250, Math.max(5, followers / 20));
}
/** Beyond this many different events a follower is told to read everything instead. */
const mostPending = 500;

export interface EventFeedDeps {
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  /** Organizations of workspaces, by id: for followers who see whole organizations. */
  readonly findOrganizations: (workspaceIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

/** One listener to the events of all workspaces that it may read. */
export class Follower {
  #reach: Reach;
  readonly #clock: Clock;
  readonly #gapMs: () => number;
  /** What was not sent yet, by its text: the same event twice is one. */
  readonly #pending = new Set<string>();
  #mustResync = false;
  #bell = Promise.withResolvers<void>();

  constructor(reach: Reach, clock: Clock, currentGapMs: () => number) {
    this.#reach = reach;
    this.#clock = clock;
    this.#gapMs = currentGapMs;
  }

  get reach(): Reach {
    return this.#reach;
  }

  /** It may see other things than before, and so must read everything. */
  refit(reach: Reach): void {
    this.#reach = reach;
    this.resync();
  }

  /** Passes over what its key does not reach. */
  put(text: string, workspaceId: string): void {
    if (this.#reach.only?.has(workspaceId) === false) return;
    if (this.#pending.size >= mostPending) this.resync();
    else if (!this.#mustResync) this.#pending.add(text);
    this.#bell.resolve();
  }

  resync(): void {
    this.#pending.clear();
    this.#mustResync = true;
    this.#bell.resolve();
  }

  /** Batches of event texts until `signal` aborts. */
  async *batches(signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    // Not a race against a promise of the end: that would keep something of every round until then.
    using _left = onAbort(signal, () => this.#bell.resolve());
    while (!signal.aborted) {
      await this.#bell.promise;
      if (signal.aborted) return;
      this.#bell = Promise.withResolvers<void>();
      const batch = this.#mustResync ? [this.#resyncText()] : [...this.#pending];
      this.#mustResync = false;
      this.#pending.clear();
      yield batch;
      await this.#clock.sleep(this.#gapMs(), { signal, tag: "workspace-events" }).catch(() => undefined); // the follower left
    }
  }

  #resyncText(): string {
    return JSON.stringify({ kind: "resync", workspace_id: zeroUuid } satisfies api.WorkspaceEvent);
  }
}

/** Hands each event of this replica to those who may hear it. Its text is made once. */
export class EventFeed {
  readonly #deps: EventFeedDeps;
  readonly #everything = new Set<Follower>();
  readonly #byOwner = new Map<string, Set<Follower>>();
  readonly #byOrganization = new Set<Follower>();
  #subscription: Disposable | undefined;
  #count = 0;
  #waitingForOrganization: { event: WorkspaceEvent; ownerId: string; text: string }[] = [];
  #isLookingUp = false;

  constructor(deps: EventFeedDeps) {
    this.#deps = deps;
  }

  /** Subscribed when this returns. `refit` when it may see other things than before; dispose it to stop. */
  follow(reach: Reach): { readonly follower: Follower; refit(reach: Reach): void } & Disposable {
    this.#subscription ??= this.#subscribe();
    const follower = new Follower(reach, this.#deps.clock, () => gapMs(this.#count));
    this.#count++;
    this.#enter(follower);
    return {
      follower,
      refit: (now) => {
        this.#leave(follower);
        follower.refit(now);
        this.#enter(follower);
      },
      [Symbol.dispose]: () => {
        this.#count--;
        this.#leave(follower);
        if (this.#count > 0) return;
        this.#subscription?.[Symbol.dispose]();
        this.#subscription = undefined;
      },
    };
  }

  #enter(follower: Follower): void {
    for (const set of this.#setsOf(follower.reach)) set.add(follower);
  }

  #leave(follower: Follower): void {
    for (const set of this.#setsOf(follower.reach)) set.delete(follower);
    const ownerId = follower.reach.own?.ownerId;
    if (ownerId !== undefined && this.#byOwner.get(ownerId)?.size === 0) this.#byOwner.delete(ownerId);
  }

  /** Who sees all hears at once, who sees but its own without a look-up; where more must be known, it is looked up. */
  #setsOf(reach: Reach): Set<Follower>[] {
    if (reach.site === "allow") return [this.#everything];
    if (reach.site === "deny") return [];
    if (reach.organizations.size > 0) return [this.#byOrganization];
    if (reach.own === undefined) return [];
    const votes = [
      ...reach.own.organizations.values(),
      ...(reach.own.anywhere === undefined ? [] : [reach.own.anywhere]),
    ];
    if (votes.includes("deny")) return [this.#byOrganization];
    if (!votes.includes("allow")) return [];
    const own = this.#byOwner.get(reach.own.ownerId) ?? new Set();
    this.#byOwner.set(reach.own.ownerId, own);
    return [own];
  }

  #subscribe(): Disposable {
    return this.#deps.pubsub.subscribe("workspace_owner", "*", {
      onMessage: (event, ownerId) => this.#hear(event, ownerId),
      onDropped: () => {
        for (const follower of this.#all()) follower.resync();
      },
    });
  }

  #hear(event: WorkspaceEvent, ownerId: string): void {
    const text = JSON.stringify(event satisfies api.WorkspaceEvent);
    const { workspace_id: workspaceId } = event;
    for (const follower of this.#everything) follower.put(text, workspaceId);
    for (const follower of this.#byOwner.get(ownerId) ?? []) follower.put(text, workspaceId);
    if (this.#byOrganization.size === 0) return;
    this.#waitingForOrganization.push({ event, ownerId, text });
    if (!this.#isLookingUp) void this.#lookUp(); // never rejects
  }

  /** Those who see organizations hear an event once its workspace's is known; what comes meanwhile goes with the next look-up. */
  async #lookUp(): Promise<void> {
    this.#isLookingUp = true;
    while (this.#waitingForOrganization.length > 0) {
      const events = this.#waitingForOrganization;
      this.#waitingForOrganization = [];
      try {
        const known = await this.#deps.findOrganizations([...new Set(events.map(({ event }) => event.workspace_id))]);
        for (const follower of this.#byOrganization) {
          for (const { event, ownerId, text } of events) {
            const id = event.workspace_id;
            if (decide(follower.reach, { id, ownerId, organizationId: known.get(id) })) follower.put(text, id);
          }
        }
      } catch (error) {
        this.#deps.log.warn({ err: error }, "events of an organization lost, its followers read again");
        for (const follower of this.#byOrganization) follower.resync();
      }
    }
    this.#isLookingUp = false;
  }

  *#all(): Generator<Follower> {
    yield* this.#everything;
    for (const set of this.#byOwner.values()) yield* set;
    yield* this.#byOrganization;
  }
}
