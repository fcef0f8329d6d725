import type { Clock } from "@hearth/base";
import type { ResourceObject } from "../../access/index.ts";
import { HeardSince } from "../../ground/live/index.ts";

/** Stands behind lost words of what changed. */
const keptMs = 60_000;
/** Beyond this many those that were read first are read again. */
const mostKept = 10_000;

/** Of one workspace, what decides about rights on it. */
export type KnownObject = ResourceObject & { readonly id: string };

/**
 * What decides who may see a workspace, kept for a minute, and no longer than until it is heard to have changed: many
 * events of a workspace are one look-up.
 */
export class KnownObjects {
  readonly #read: (ids: readonly string[]) => Promise<readonly KnownObject[]>;
  readonly #clock: Clock;
  readonly #heard = new HeardSince();
  readonly #known = new Map<string, { readonly object: KnownObject; readonly untilMs: number }>();

  constructor(deps: { clock: Clock; read: (ids: readonly string[]) => Promise<readonly KnownObject[]> }) {
    this.#read = deps.read;
    this.#clock = deps.clock;
  }

  forget(id: string): void {
    this.#heard.note(id);
    this.#known.delete(id);
  }

  forgetAll(): void {
    this.#heard.noteAll();
    this.#known.clear();
  }

  get(id: string): KnownObject | undefined {
    const known = this.#known.get(id);
    return known !== undefined && this.#clock.now() < known.untilMs ? known.object : undefined;
  }

  /** Each of the workspaces that is there, as of now or later: what is not known is read at once, in one statement. */
  async find(ids: Iterable<string>): Promise<ReadonlyMap<string, KnownObject>> {
    const found = new Map<string, KnownObject>();
    let wanted = [...new Set(ids)];
    while (wanted.length > 0) {
      const mark = this.#heard.mark();
      const unknown: string[] = [];
      for (const id of wanted) {
        const known = this.get(id);
        if (known === undefined) unknown.push(id);
        else found.set(id, known);
      }
      if (unknown.length === 0) break;
      const read = await this.#read(unknown);
      for (const object of read) {
        if (this.#heard.any(mark, [object.id])) continue;
        found.set(object.id, object);
        this.#keep(object);
      }
      // Heard to have changed while it was read.
      wanted = read.map(({ id }) => id).filter((id) => !found.has(id));
    }
    return found;
  }

  #keep(object: KnownObject): void {
    this.#known.delete(object.id);
    this.#known.set(object.id, { object, untilMs: this.#clock.now() + keptMs });
    if (this.#known.size <= mostKept) return;
    for (const first of this.#known.keys()) {
      this.#known.delete(first);
      return;
    }
  }
}
