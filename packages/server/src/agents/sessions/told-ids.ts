import { uuidFromBytes } from "@hearth/wire";
import type { Manifest } from "../rpc/manifest.ts";

/** What of a manifest an agent names in its calls, each by what it stays the same thing by. */
type Ids = ReadonlyMap<string, string>;

/**
 * The ids that an agent was told. A claim gives its scripts, their sources of logs and its apps new ones: what the agent
 * sent under those of before, in the moment in which it heard of the claim, is meant of these.
 */
export class ToldIds {
  #told: Ids = new Map();
  readonly #successors = new Map<string, string>();

  /** Takes what the agent is told now. */
  tell(manifest: Manifest): void {
    const told = idsOf(manifest);
    for (const [thing, id] of this.#told) {
      const successor = told.get(thing);
      if (successor !== undefined && successor !== id) this.#successors.set(id, successor);
    }
    this.#told = told;
  }

  /** The id that the thing has now. */
  now(id: string): string {
    return this.#successors.get(id) ?? id;
  }
}

function idsOf({ scripts = [], apps = [] }: Manifest): Ids {
  const ids = new Map<string, string>();
  const add = (thing: string, id: Uint8Array | undefined) => {
    if (id !== undefined && id.length > 0) ids.set(thing, uuidFromBytes(id));
  };
  for (const app of apps) add(`app ${app.slug ?? ""}`, app.id);
  // Scripts have no names: the same text at the same place is the same script.
  scripts.forEach(({ id, logSourceId, script = "" }, at) => {
    add(`script ${at} ${script}`, id);
    add(`log source ${at} ${script}`, logSourceId);
  });
  return ids;
}
