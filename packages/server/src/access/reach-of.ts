import { prebuildsUserId } from "@hearth/sdk";
import type { Actor, AgentActor, SystemActor, UserActor } from "./actor.ts";
import { idsOf } from "./allow-list.ts";
import type { Action } from "./catalogue.ts";
import { compile, type Holder } from "./compile.ts";
import { outranks as holderOutranks } from "./outranks.ts";
import type { RoleDefinition } from "./permission.ts";
import { nowhere, type Reach } from "./reach.ts";
import { organizationRoles, siteRoles } from "./roles.ts";
import { scopeAllows } from "./scopes.ts";

/**
 * Where the actor may do the action. Pure, and nowhere by default: only a permission that says so allows.
 *
 * A key's scopes and its list of things narrow what its user's roles give; they never widen it.
 */
export function reachOf(actor: Actor, action: Action): Reach {
  const known = compiled.get(actor) ?? new Map<Action, Reach>();
  compiled.set(actor, known);
  const reach = known.get(action) ?? compileFor(actor, action);
  known.set(action, reach);
  return reach;
}

/** An actor never changes, and a request or a stream asks the same of each thing that it shows. */
const compiled = new WeakMap<Actor, Map<Action, Reach>>();

function compileFor(actor: Actor, action: Action): Reach {
  switch (actor.kind) {
    case "anonymous":
      return nowhere;
    case "user":
      return reachOfUser(actor, action);
    case "agent":
      return reachOfAgent(actor, action);
    case "system":
      return compile(systemHolder(actor), action);
  }
}

function reachOfUser(actor: UserActor, action: Action): Reach {
  if (!scopeAllows(actor.scopes, action)) return nowhere;
  const ids = idsOf(actor.allowList, action);
  return { ...compile(holderOf(actor), action), only: ids && new Set(ids) };
}

/** A name that no role has gives nothing. */
function holderOf({ userId, roles, organizationRoles: byOrganization, customRoles, groupIds }: UserActor): Holder {
  const ofOwnMaking = (organizationId: string | undefined): RoleDefinition[] =>
    customRoles.filter((held) => held.organizationId === organizationId).map(({ role }) => role);
  return {
    userId,
    siteRoles: [...siteRoles.filter(({ name }) => roles.includes(name)), ...ofOwnMaking(undefined)],
    organizationRoles: new Map(
      [...byOrganization].map(([id, names]) => [
        id,
        [...organizationRoles.filter(({ name }) => names.includes(name)), ...ofOwnMaking(id)],
      ]),
    ),
    groupIds,
  };
}

/**
 * Whether the role of this name gives nothing that the user's own do not. `organizationId` is where it is held, undefined
 * for a role of the deployment. An owner of the deployment outranks every role; one that is neither built in nor the user's
 * own nobody else, for what it gives is not known here.
 */
export function outranks(actor: UserActor, name: string, organizationId: string | undefined): boolean {
  if (actor.roles.includes("owner")) return true;
  const builtIn = (organizationId === undefined ? siteRoles : organizationRoles).find((each) => each.name === name);
  const own = actor.customRoles.find((held) => held.organizationId === organizationId && held.role.name === name);
  const role = builtIn ?? own?.role;
  return role !== undefined && holderOutranks(holderOf(actor), role, organizationId);
}

function systemHolder({ permissions }: SystemActor): Holder {
  return {
    userId: prebuildsUserId,
    siteRoles: [permissions],
    organizationRoles: new Map(),
    groupIds: [],
    isServer: true,
  };
}

/** An agent reaches its own workspace and template, and its owner's keys unless its template says otherwise. */
function reachOfAgent(actor: AgentActor, action: Action): Reach {
  const the = (id: string): Reach => ({ ...nowhere, site: "allow", only: new Set([id]) });
  if (action === "workspace:read" || action === "workspace:update_agent") return the(actor.workspaceId);
  if (action === "template:read") return the(actor.templateId);
  if (action === "user:read_personal" && actor.apiKeyScope === "all")
    return { ...nowhere, own: { ownerId: actor.ownerId, anywhere: "allow", organizations: new Map() } };
  return nowhere;
}
