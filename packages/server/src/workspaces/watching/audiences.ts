import { SetsByKey } from "@hearth/base";
import { decide, type Reach, type ResourceObject } from "../../access/index.ts";
import { HeardSince } from "../../ground/live/index.ts";

/** Beyond this many different hints since it last took some, a follower is told to read everything instead. */
const mostKept = 500;

/** Followers who may see the same, and so hear the same. */
export interface Audience {
  readonly key: string;
  readonly reach: Reach;
  /** By their texts: the same hint twice is one. */
  readonly heard: HeardSince;
  followers: number;
}

/**
 * Who is to hear of a workspace: a look-up by its owner, its organization and its access lists, so that an event costs
 * those who may see it, and nobody else. Pure state.
 */
export class Audiences {
  readonly #byKey = new Map<string, Audience>();
  readonly #ofEverything = new Set<Audience>();
  readonly #ofSome = new Set<Audience>();
  /** By what a workspace is: its own id, its owner's, or its organization's. */
  readonly #byPlace = new AudiencesById();
  /** By whom an access list names: a user, or a group. That of everyone has its organization's id, and so is not in the other. */
  readonly #byName = new AudiencesById();

  /** Followers of all audiences. */
  followers = 0;

  find(key: string): Audience | undefined {
    return this.#byKey.get(key);
  }

  /** Those who hear all, of whatever workspace it is. */
  get ofEverything(): ReadonlySet<Audience> {
    return this.#ofEverything;
  }

  /** Those of whom it depends on the workspace. */
  get ofSome(): ReadonlySet<Audience> {
    return this.#ofSome;
  }

  /** Those of {@link ofSome} who may see this workspace. */
  *whoMaySee(object: ResourceObject): Generator<Audience, void, undefined> {
    for (const audience of this.whoIsAsked(object)) if (decide(audience.reach, object)) yield audience;
  }

  /** Those of {@link ofSome} of whom it is decided whether they may see this workspace: no more than its places and lists find. */
  whoIsAsked({ id, ownerId, organizationId, userAcl = {}, groupAcl = {} }: ResourceObject): Set<Audience> {
    const placed = this.#byPlace.find([id, ownerId, organizationId]);
    return new Set([...placed, ...this.whoIsNamed([...Object.keys(userAcl), ...Object.keys(groupAcl)])]);
  }

  /** Those who are, or are in, one of these users and groups. */
  whoIsNamed(ids: readonly string[]): Set<Audience> {
    return this.#byName.find(ids);
  }

  enter(reach: Reach): Audience {
    const key = keyOf(reach);
    const audience = this.#byKey.get(key) ?? { key, reach, heard: new HeardSince(mostKept), followers: 0 };
    this.followers++;
    if (audience.followers++ > 0) return audience;
    this.#byKey.set(key, audience);
    (isEverything(reach) ? this.#ofEverything : this.#ofSome).add(audience);
    this.#byPlace.add(placesOf(reach), audience);
    this.#byName.add(namesOf(reach), audience);
    return audience;
  }

  leave(audience: Audience): void {
    this.followers--;
    if (--audience.followers > 0) return;
    this.#byKey.delete(audience.key);
    this.#ofEverything.delete(audience);
    this.#ofSome.delete(audience);
    this.#byPlace.delete(placesOf(audience.reach), audience);
    this.#byName.delete(namesOf(audience.reach), audience);
  }

  *[Symbol.iterator](): Generator<Audience, void, undefined> {
    yield* this.#byKey.values();
  }
}

class AudiencesById {
  readonly #byId = new SetsByKey<Audience>();

  find(ids: readonly (string | undefined)[]): Set<Audience> {
    return new Set(ids.flatMap((id) => (id === undefined ? [] : [...this.#byId.get(id)])));
  }

  add(ids: ReadonlySet<string>, audience: Audience): void {
    for (const id of ids) this.#byId.add(id, audience);
  }

  delete(ids: ReadonlySet<string>, audience: Audience): void {
    for (const id of ids) this.#byId.delete(id, audience);
  }
}

function isEverything({ site, only }: Reach): boolean {
  return site === "allow" && only === undefined;
}

/** What lets this reach see a workspace because of what it is. An organization's is none where it is taken away. */
function placesOf({ site, organizations, own, only }: Reach): Set<string> {
  if (site === "deny") return new Set();
  if (site === "allow") return new Set(only);
  const allowed = [...organizations].flatMap(([id, vote]) => (vote === "allow" ? [id] : []));
  return new Set([...allowed, ...(own === undefined ? [] : [own.ownerId])]);
}

/** What lets it see a workspace because a list says so. */
function namesOf({ site, acl }: Reach): Set<string> {
  return new Set(site === undefined && acl !== undefined ? [acl.userId, ...acl.groupIds] : []);
}

/** Equal for those who may see the same. */
function keyOf(reach: Reach): string {
  if (isEverything(reach)) return "everything";
  return JSON.stringify(reach, (_name, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)] : value,
  );
}
