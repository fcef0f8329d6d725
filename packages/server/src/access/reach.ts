import type { Vote } from "./permission.ts";

/**
 * Where one action of one actor is allowed: a policy compiled for the question. {@link decide} answers it for an
 * object, `toPredicate` for the rows of a table, from these fields and no others, so that the two cannot differ.
 *
 * From the widest to the narrowest; the first that says anything decides:
 * everything, then the organization, then the actor's own, then what its access list gives.
 */
export interface Reach {
  /** Of everything. */
  readonly site: Vote | undefined;
  /** By organization. */
  readonly organizations: ReadonlyMap<string, Vote | undefined>;
  readonly own: OwnReach | undefined;
  readonly acl: AclReach | undefined;
  /** Nothing beyond these ids, whatever the rest says; undefined: no such bound. */
  readonly only: ReadonlySet<string> | undefined;
}

/** What belongs to `ownerId`. */
export interface OwnReach {
  readonly ownerId: string;
  /** Wherever it is. */
  readonly anywhere: Vote | undefined;
  /** In these organizations; goes before `anywhere`. */
  readonly organizations: ReadonlyMap<string, Vote | undefined>;
}

/** What an object's own access lists give. */
export interface AclReach {
  readonly userId: string;
  readonly groupIds: readonly string[];
  /** Of the actor's memberships: lists of things elsewhere give nothing, so that who leaves an organization has left. */
  readonly organizationIds: readonly string[];
  /** The words of an access list that give this action: the action's name, or a role such as `use`. */
  readonly words: readonly string[];
}

/** What an action is asked for. Ids that the thing has not (a new one's) are left out. */
export interface ResourceObject {
  readonly id?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly organizationId?: string | undefined;
  readonly userAcl?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly groupAcl?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Reaches nothing. */
export const nowhere: Reach = {
  site: undefined,
  organizations: new Map(),
  own: undefined,
  acl: undefined,
  only: undefined,
};

/** Whether the object is within reach. Pure, and denied where nothing is said. */
export function decide(reach: Reach, object: ResourceObject): boolean {
  if (!isWithin(reach.only, object)) return false;
  const said = reach.site ?? inOrganization(reach.organizations, object) ?? ofOwn(reach.own, object);
  return said === undefined ? isListed(reach.acl, object) : said === "allow";
}

/** What has no id is in no set of ids. */
function isWithin(only: ReadonlySet<string | undefined> | undefined, { id }: ResourceObject): boolean {
  return only === undefined || only.has(id);
}

/** Of what is in no organization none speaks. */
function inOrganization(
  votes: ReadonlyMap<string | undefined, Vote | undefined>,
  { organizationId }: ResourceObject,
): Vote | undefined {
  return votes.get(organizationId);
}

function ofOwn(own: OwnReach | undefined, object: ResourceObject): Vote | undefined {
  if (own === undefined || object.ownerId !== own.ownerId) return undefined;
  return inOrganization(own.organizations, object) ?? own.anywhere;
}

function isListed(acl: AclReach | undefined, { organizationId, userAcl, groupAcl }: ResourceObject): boolean {
  if (acl === undefined || !acl.organizationIds.some((id) => id === organizationId)) return false;
  const given = [userAcl?.[acl.userId], ...acl.groupIds.map((id) => groupAcl?.[id])];
  return given.some((words) => words?.some((word) => acl.words.includes(word)) === true);
}
