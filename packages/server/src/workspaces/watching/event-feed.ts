import { Scope, type Clock, type Logger } from "@hearth/base";
import { zeroUuid } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Reach } from "../../access/index.ts";
import { followHints, Topics, type HintPlace, type Hints } from "../../ground/live/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { Audiences, type Audience } from "./audiences.ts";
import { KnownObjects, type KnownObject } from "./known-objects.ts";

/** Stands behind lost hints: whoever heard nothing for this long is told to read everything. */
const pollMs = 600_000;

/**
 * Batches to one follower are this far apart; the first event after quiet leaves at once. Few followers hear everything
 * at once; the more there are, the more goes into one batch, so that telling them never costs more than a share of the time.
 */
function gapMs(followers: number): number {
  return Math.min(250, Math.max(5, followers / 20));
}

export interface EventFeedDeps {
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  /** What decides who may see these workspaces; those that are gone are left out. */
  readonly findObjects: (workspaceIds: readonly string[]) => Promise<readonly KnownObject[]>;
}

/** One follower of the events of all workspaces that it may see. Dispose it to stop. */
export interface Follower extends Disposable {
  /** It may see other things than before, and so is told to read everything. */
  refit(reach: Reach): void;
  /** Batches of event texts until `signal` aborts. */
  batches(signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined>;
}

interface Said {
  readonly workspaceId: string;
  /** As whoever announced it knew; undefined where nobody said. */
  readonly ownerId: string | undefined;
  readonly text: string;
}

/**
 * Hints about all workspaces, each to those who may see its workspace: owners and administrators, whoever it belongs to,
 * and whom it is shared with. Topics are audiences: followers who may see the same.
 *
 * Invariants: an event's text is made once, and costs a look-up of its workspace a minute at most, however many follow;
 * look-ups that are waited for go together; who sees everything waits for none. Whose share of a workspace ends hears
 * nothing more of it, but that it should look.
 */
export class EventFeed {
  readonly #deps: EventFeedDeps;
  readonly #audiences = new Audiences();
  readonly #objects: KnownObjects;
  readonly #topics: Topics<Hints, number>;
  #waiting: Said[] = [];
  #isLookingUp = false;

  constructor(deps: EventFeedDeps) {
    const { pubsub, clock, log, findObjects } = deps;
    this.#deps = deps;
    this.#objects = new KnownObjects({ clock, read: findObjects });
    this.#topics = new Topics<Hints, number>({
      name: "workspace-events",
      clock,
      log,
      pollMs,
      gapMs: () => gapMs(this.#audiences.followers),
      read: (key, after) => Promise.resolve(this.#hintsOf(key, after)),
      hear: (bells) => {
        const hearing = new DisposableStack();
        const ring = (key: string) => bells.ring(key);
        const tell = (said: Said) => this.#tell(said, ring);
        hearing.use(
          pubsub.subscribe("workspace_owner", "*", {
            onMessage: (event, ownerId) => tell({ workspaceId: event.workspace_id, ownerId, text: textOf(event) }),
            onDropped: () => {
              this.#objects.forgetAll();
              for (const audience of this.#audiences) audience.heard.noteAll();
              bells.ringAll();
            },
          }),
        );
        hearing.use(
          pubsub.subscribe("object_access", "*", {
            onMessage: ({ taken_from: takenFrom = [] }, id) => {
              this.#objects.forget(id);
              this.#resync(this.#audiences.whoIsNamed(takenFrom), ring);
              // Whoever it was given to hears of it.
              tell({ workspaceId: id, ownerId: undefined, text: textOf({ kind: "state_change", workspace_id: id }) });
            },
            onDropped: () => undefined, // messages of all channels are lost together: the other subscription rings
          }),
        );
        hearing.defer(() => this.#objects.forgetAll());
        return hearing;
      },
    });
  }

  /** How many audiences there are. */
  get size(): number {
    return this.#topics.size;
  }

  /** Subscribed when this returns. */
  follow(reach: Reach): Follower {
    let place = this.#sitDown(reach);
    let isElsewhere = false;
    let here: Scope | undefined;
    return {
      refit: (now) => {
        const before = place;
        place = this.#sitDown(now);
        isElsewhere = true;
        here?.end();
        before[Symbol.dispose]();
      },
      async *batches(signal) {
        while (!signal.aborted) {
          using scope = new Scope(signal);
          here = scope;
          const hints = followHints(place, scope.signal);
          if (isElsewhere) {
            isElsewhere = false;
            yield [resyncText];
          }
          for await (const batch of hints) yield batch === "missed" ? [resyncText] : batch;
        }
      },
      [Symbol.dispose]: () => {
        here?.end();
        place[Symbol.dispose]();
      },
    };
  }

  #sitDown(reach: Reach): HintPlace & Disposable {
    const audience = this.#audiences.enter(reach);
    const seat = this.#topics.join(audience.key);
    return {
      seat,
      version: seat.version,
      mark: audience.heard.mark(),
      [Symbol.dispose]: () => {
        seat[Symbol.dispose]();
        this.#audiences.leave(audience);
      },
    };
  }

  #hintsOf(key: string, after: number): Hints {
    const heard = this.#audiences.find(key)?.heard;
    return { mark: heard?.mark() ?? after, heard: heard?.since(after) };
  }

  #tell(said: Said, ring: (key: string) => void): void {
    const { ofEverything, ofSome } = this.#audiences;
    if (said.ownerId !== undefined) for (const audience of ofEverything) put(audience, said.text, ring);
    if (ofSome.size === 0) return;
    this.#waiting.push(said);
    if (!this.#isLookingUp) void this.#lookUp(ring); // never rejects
  }

  /** What comes while something is looked up goes with the next look-up. */
  async #lookUp(ring: (key: string) => void): Promise<void> {
    this.#isLookingUp = true;
    while (this.#waiting.length > 0) {
      const events = this.#waiting;
      this.#waiting = [];
      try {
        const objects = await this.#objects.find(events.map(({ workspaceId }) => workspaceId));
        for (const { workspaceId, ownerId, text } of events) {
          const object = objects.get(workspaceId) ?? { id: workspaceId, ownerId };
          for (const audience of this.#audiences.whoMaySee(object)) put(audience, text, ring);
        }
      } catch (error) {
        this.#deps.log.warn({ err: error }, "who may hear of events could not be read: their followers read again");
        this.#resync(this.#audiences.ofSome, ring);
      }
    }
    this.#isLookingUp = false;
  }

  #resync(audiences: Iterable<Audience>, ring: (key: string) => void): void {
    for (const { heard, key } of audiences) {
      heard.noteAll();
      ring(key);
    }
  }
}

function put({ heard, key }: Audience, text: string, ring: (key: string) => void): void {
  heard.note(text);
  ring(key);
}

function textOf(event: api.WorkspaceEvent): string {
  return JSON.stringify(event);
}

const resyncText = textOf({ kind: "resync", workspace_id: zeroUuid });
