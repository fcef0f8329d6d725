import type { Action, ResourceType } from "./catalogue.ts";

/** One action, every action on a type, or everything. */
export type Pattern = Action | `${ResourceType}:*` | "*";

/** What a role says of an action: `!` takes away what roles would give. */
export type Permission = Pattern | `!${Pattern}`;

/** What a role gives, by where it holds. */
export interface RolePermissions {
  /** Of everything. */
  readonly site?: readonly Permission[];
  /** Of what the actor owns, wherever it is. */
  readonly user?: readonly Permission[];
  /** Of what is in the organization in which the role is held. */
  readonly organization?: readonly Permission[];
  /** Of what the actor owns in the organization in which the role is held. */
  readonly member?: readonly Permission[];
}

/** Data: those that are built in stand in `roles.ts`, those of an organization's own making are rows of this shape. */
export interface RoleDefinition extends RolePermissions {
  readonly name: string;
  readonly displayName: string;
  /** Implicit roles are held by everyone and cannot be given. */
  readonly assignable: boolean;
}

export type Vote = "allow" | "deny";

/** What a list of permissions says of an action; nothing that allows outweighs one that takes away. Pure. */
export function vote(permissions: readonly Permission[] | undefined, action: Action): Vote | undefined {
  if (permissions === undefined) return undefined;
  let said: Vote | undefined;
  for (const permission of permissions) {
    const isTaken = permission.startsWith("!");
    if (!covers(isTaken ? permission.slice(1) : permission, action)) continue;
    if (isTaken) return "deny";
    said = "allow";
  }
  return said;
}

/** Whether a pattern, of a role, a scope or an access list, reaches the action; what begins with `!` reaches none. Pure. */
export function covers(pattern: string, action: Action): boolean {
  if (pattern === "*" || pattern === action) return true;
  return pattern.endsWith(":*") && action.startsWith(pattern.slice(0, -1));
}

/** Of two that speak of the same place the one that takes away, else the one that speaks. Pure. */
export function outweigh(one: Vote | undefined, other: Vote | undefined): Vote | undefined {
  return other === "deny" ? other : (one ?? other);
}
