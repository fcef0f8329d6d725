import { SetsByKey, type Clock, type Logger } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import type { Action, Granted, GrantedList, ResourceObject, UserActor } from "../../access/index.ts";
import type { PubSub } from "../pubsub/index.ts";
import { HeardSince } from "./heard-since.ts";

/** Stands behind lost messages, and behind keys that end by time alone. */
const pollMs = 60_000;
/** After a read that failed: who may not see any more must not go on for long. */
const retryMs = 1_000;

/** What is asked of the database: of everything that is held, or of what was heard of, at once. */
export interface WantedFacts {
  readonly keyIds: readonly string[];
  readonly workspaceIds: readonly string[];
  readonly templateIds: readonly string[];
  readonly chatIds: readonly string[];
}

export interface AccessFacts {
  /** By key id; missing: the key would not be let in any more. */
  readonly actors: ReadonlyMap<string, UserActor>;
  /** By id, what decides about a thing; missing: it is gone. */
  readonly objects: ReadonlyMap<string, ResourceObject>;
}

export interface HeldGrantsDeps {
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly read: (wanted: WantedFacts) => Promise<AccessFacts>;
}

/** What something may be opened with that stays open. */
export type HeldGrant = Granted<Action> | GrantedList<Action>;

export interface Holder {
  /** It may go on no longer: `not_authenticated` when its session ended, `not_found` when its right did. Once. */
  onEnded(why: ApiError): void;
  /** What a list may show is another from now on. */
  onAgain(granted: GrantedList<Action>): void;
}

/** A grant that is held: dispose it when what it opened is closed. */
export interface Hold extends Disposable {
  /** Resolves when what was heard since the grant was made is decided. Never rejects. */
  readonly settled: Promise<void>;
}

interface Seat {
  granted: HeldGrant;
  readonly actor: UserActor;
  readonly holder: Holder;
  /** Of the user and of the object: what is heard of them concerns it. */
  readonly ids: readonly string[];
  readonly object: { readonly kind: "workspace" | "template" | "chat"; readonly id: string } | undefined;
  readonly settled: PromiseWithResolvers<void>;
}

/**
 * Every grant of this replica that something open was opened with: each is decided again when its actor's session, roles,
 * memberships, groups or scopes change, or its object's owner or access list does.
 *
 * Invariants: a hint reads for those that it concerns and no others; one statement reads for all of them, however many;
 * one read at a time; what is heard during a read is read once more; without anything held there is neither timer nor
 * statement.
 */
export class HeldGrants implements Disposable {
  readonly #deps: HeldGrantsDeps;
  readonly #heard = new HeardSince();
  readonly #seats = new Set<Seat>();
  /** By the id of the user and of the object. */
  readonly #byId = new SetsByKey<Seat>();
  readonly #closed = new AbortController();
  readonly #subscriptions: readonly Disposable[];
  #dirty = new Set<Seat>();
  #isBusy = false;
  #poll: AbortController | undefined;

  constructor(deps: HeldGrantsDeps) {
    this.#deps = deps;
    const ears = {
      onMessage: (_message: object, id: string) => {
        this.#heard.note(id);
        this.#ask(this.#byId.get(id));
      },
      onDropped: () => {
        this.#heard.noteAll();
        this.#ask(this.#seats);
      },
    };
    this.#subscriptions = [
      deps.pubsub.subscribe("user_access", "*", ears),
      deps.pubsub.subscribe("object_access", "*", ears),
    ];
  }

  /** How many are held. */
  get size(): number {
    return this.#seats.size;
  }

  /** Now. Take it before somebody is let in, for {@link hold}: what changes in between is not missed. */
  mark(): number {
    return this.#heard.mark();
  }

  /**
   * Holds a grant that was made after `since`. `actor` is the grant's own.
   * @throws Error for a right on what is neither workspace nor template nor chat: a bug of its route
   */
  hold(granted: HeldGrant, actor: UserActor, since: number, holder: Holder): Hold {
    const object = objectOf(granted);
    const ids = object === undefined ? [actor.userId] : [actor.userId, object.id];
    const seat: Seat = { granted, actor, holder, ids, object, settled: Promise.withResolvers() };
    this.#seats.add(seat);
    for (const id of ids) this.#byId.add(id, seat);
    if (this.#heard.any(since, ids)) this.#ask([seat]);
    else seat.settled.resolve();
    if (this.#poll === undefined) void this.#startPoll(); // never rejects
    return { settled: seat.settled.promise, [Symbol.dispose]: () => this.#leave(seat) };
  }

  [Symbol.dispose](): void {
    this.#closed.abort();
    this.#poll?.abort();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    for (const seat of this.#seats) this.#leave(seat);
  }

  #leave(seat: Seat): void {
    this.#seats.delete(seat);
    this.#dirty.delete(seat);
    seat.settled.resolve();
    for (const id of seat.ids) this.#byId.delete(id, seat);
    if (this.#seats.size > 0) return;
    this.#poll?.abort();
    this.#poll = undefined;
  }

  #ask(seats: Iterable<Seat>): void {
    for (const seat of seats) this.#dirty.add(seat);
    if (!this.#isBusy) void this.#pump(); // never rejects
  }

  async #pump(): Promise<void> {
    const { clock, log, read } = this.#deps;
    this.#isBusy = true;
    while (this.#dirty.size > 0 && !this.#closed.signal.aborted) {
      const asked = this.#dirty;
      this.#dirty = new Set();
      try {
        const facts = await read(wantedFor(asked));
        for (const seat of asked) if (this.#seats.has(seat)) this.#decide(seat, facts);
      } catch (error) {
        log.warn({ err: error, held: asked.size }, "whether what is open may go on could not be read");
        for (const seat of asked) if (this.#seats.has(seat)) this.#dirty.add(seat);
        await clock.sleep(retryMs, { signal: this.#closed.signal, tag: "held-grants-retry" }).catch(() => undefined); // closed
      }
    }
    this.#isBusy = false;
  }

  #decide(seat: Seat, facts: AccessFacts): void {
    const before = seat.granted;
    const read = facts.actors.get(seat.actor.keyId);
    if (read === undefined) return this.#end(seat, signedOut());
    const actor = factsOf(before.actor) === factsOf(read) ? before.actor : read;
    if (!("object" in before)) {
      if (actor !== before.actor) {
        seat.granted = before.again(actor);
        seat.holder.onAgain(seat.granted);
      }
    } else {
      const object = objectNow(before, facts);
      const again = object === undefined ? undefined : before.again({ actor, object });
      if (again === undefined) return this.#end(seat, noLonger());
      seat.granted = again;
    }
    seat.settled.resolve();
  }

  #end(seat: Seat, why: ApiError): void {
    this.#leave(seat);
    seat.holder.onEnded(why);
  }

  async #startPoll(): Promise<void> {
    const poll = new AbortController();
    this.#poll = poll;
    while (!poll.signal.aborted) {
      try {
        await this.#deps.clock.sleep(pollMs, { signal: poll.signal, tag: "held-grants-poll" });
      } catch {
        return; // nothing is held any more
      }
      this.#ask(this.#seats);
    }
  }
}

function wantedFor(seats: ReadonlySet<Seat>): WantedFacts {
  const keyIds = new Set<string>();
  const workspaceIds = new Set<string>();
  const templateIds = new Set<string>();
  const chatIds = new Set<string>();
  const byKind = { workspace: workspaceIds, template: templateIds, chat: chatIds };
  for (const { actor, object } of seats) {
    keyIds.add(actor.keyId);
    if (object !== undefined) byKind[object.kind].add(object.id);
  }
  return {
    keyIds: [...keyIds],
    workspaceIds: [...workspaceIds],
    templateIds: [...templateIds],
    chatIds: [...chatIds],
  };
}

/** What decides about a grant's object now; what is not read of its kind is as it was. Undefined: it is gone. */
function objectNow({ object }: Granted<Action>, facts: AccessFacts): ResourceObject | undefined {
  if (object.id === undefined) return object;
  const now = facts.objects.get(object.id);
  // What hangs on a thing may have an owner of its own.
  return now && { ...object, ...now, ownerId: now.ownerId ?? object.ownerId };
}

/** Streams and sockets are of workspaces, templates and chats, and of what hangs on them. */
function objectOf(granted: HeldGrant): Seat["object"] {
  const id = "object" in granted ? granted.object.id : undefined;
  if (id === undefined) return undefined;
  const kind = granted.action.slice(0, granted.action.indexOf(":"));
  if (kind === "workspace" || kind === "template" || kind === "chat") return { kind, id };
  throw new Error(`Nothing is known of how the right to ${granted.action} ends while something is open.`);
}

/** Everything that an actor is made of, as a text. */
function factsOf(actor: HeldGrant["actor"]): string {
  return JSON.stringify(actor, (_key, value: unknown) =>
    value instanceof Map ? Object.fromEntries(value as ReadonlyMap<string, unknown>) : value,
  );
}

function signedOut(): ApiError {
  return new ApiError("not_authenticated", "Your session has ended: sign in again.");
}

function noLonger(): ApiError {
  return new ApiError("not_found", "You may no longer use what this connection was opened for.");
}
