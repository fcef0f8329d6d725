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
  /** By the id of what lets them see a workspace: a user, a group, an organization, or itself. */
  readonly #byId = new Map<string, Set<Audience>>();

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
    const { id, ownerId, organizationId, userAcl = {}, groupAcl = {} } = object;
    const ids = new Set([id, ownerId, organizationId, ...Object.keys(userAcl), ...Object.keys(groupAcl)]);
    for (const audience of this.whoHave(ids)) if (decide(audience.reach, object)) yield audience;
  }

  /** Those who are, or are in, one of these users, groups and organizations. */
  whoHave(ids: Iterable<string | undefined>): Set<Audience> {
    return new Set([...ids].flatMap((id) => (id === undefined ? [] : [...(this.#byId.get(id) ?? [])])));
  }

  enter(reach: Reach): Audience {
    const key = keyOf(reach);
    const audience = this.#byKey.get(key) ?? { key, reach, heard: new HeardSince(mostKept), followers: 0 };
    this.followers++;
    if (audience.followers++ > 0) return audience;
    this.#byKey.set(key, audience);
    (isEverything(reach) ? this.#ofEverything : this.#ofSome).add(audience);
    for (const id of idsOf(reach)) this.#byId.set(id, (this.#byId.get(id) ?? new Set()).add(audience));
    return audience;
  }

  leave(audience: Audience): void {
    this.followers--;
    if (--audience.followers > 0) return;
    this.#byKey.delete(audience.key);
    this.#ofEverything.delete(audience);
    this.#ofSome.delete(audience);
    for (const id of idsOf(audience.reach)) {
      const there = this.#byId.get(id);
      there?.delete(audience);
      if (there?.size === 0) this.#byId.delete(id);
    }
  }

  *[Symbol.iterator](): Generator<Audience, void, undefined> {
    yield* this.#byKey.values();
  }
}

function isEverything({ site, only }: Reach): boolean {
  return site === "allow" && only === undefined;
}

/** By what a workspace within this reach is found: one of them is its own id, its owner's, its organization's, or on its access lists. */
function idsOf({ site, organizations, own, acl, only }: Reach): Set<string> {
  if (site === "deny") return new Set();
  if (site === "allow") return new Set(only);
  return new Set([
    ...organizations.keys(),
    ...(own === undefined ? [] : [own.ownerId]),
    ...(acl === undefined ? [] : [acl.userId, ...acl.groupIds]),
  ]);
}

/** Equal for those who may see the same. */
function keyOf(reach: Reach): string {
  if (isEverything(reach)) return "everything";
  return JSON.stringify(reach, (_name, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)] : value,
  );
}
