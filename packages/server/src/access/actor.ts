import type { RoleDefinition } from "./permission.ts";
import { systemPermissions, type SystemActorName, type SystemPermissions } from "./system-actors.ts";

/** A role of an operator's own making that somebody has. */
export interface HeldRole {
  /** Where it is held; undefined: a role of the deployment. */
  readonly organizationId: string | undefined;
  readonly role: RoleDefinition;
}

/** Somebody with a session key. Roles are those of the moment the request was let in. */
export interface UserActor {
  readonly kind: "user";
  readonly userId: string;
  readonly username: string;
  /** Site roles, the implicit `member` included. */
  readonly roles: readonly string[];
  /** Roles by organization id, the implicit `organization-member` included. */
  readonly organizationRoles: ReadonlyMap<string, readonly string[]>;
  /** Those of the names above that are no built-in role's. */
  readonly customRoles: readonly HeldRole[];
  /** Beside the groups of everyone, which each member of an organization is in. */
  readonly groupIds: readonly string[];
  readonly keyId: string;
  /** `["coder:all"]` reaches everything that the roles do. */
  readonly scopes: readonly string[];
  /** `["*:*"]` reaches every thing that the roles do. */
  readonly allowList: readonly string[];
}

/** An agent with its token: its owner's rights, narrowed to its own workspace. */
export interface AgentActor {
  readonly kind: "agent";
  readonly agentId: string;
  readonly workspaceId: string;
  readonly buildId: string;
  readonly ownerId: string;
  readonly organizationId: string;
  readonly templateId: string;
  readonly apiKeyScope: string;
}

export interface SystemActor {
  readonly kind: "system";
  readonly name: SystemActorName;
  readonly permissions: SystemPermissions;
}

export interface AnonymousActor {
  readonly kind: "anonymous";
}

/** Who asks. */
export type Actor = UserActor | AgentActor | SystemActor | AnonymousActor;

export const anonymous: AnonymousActor = { kind: "anonymous" };

/** The named system actor; for work that no request asked for. Tests give it fewer permissions than it has. */
export function systemActor(
  name: SystemActorName,
  permissions: SystemPermissions = systemPermissions[name],
): SystemActor {
  return { kind: "system", name, permissions };
}
