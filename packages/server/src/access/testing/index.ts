export { testRights, type Probe, type Probes } from "./rights.ts";
import { silentLogger } from "@hearth/base";
import { authorize } from "../authorize.ts";
import type { Action } from "../catalogue.ts";
import { createContext, systemContext, type Context } from "../context.ts";
import type { Granted } from "../granted.ts";
import type { ResourceObject } from "../reach.ts";
import type { SystemActorName } from "../system-actors.ts";

/** An owner of the deployment, who may do everything. */
export function ownerContext(signal: AbortSignal = new AbortController().signal): Context {
  const owner = {
    kind: "user",
    userId: "00000000-0000-4000-8000-000000000001",
    username: "owner",
    roles: ["owner", "member"],
    organizationRoles: new Map(),
    customRoles: [],
    groupIds: [],
    keyId: "owner",
    scopes: ["coder:all"],
    allowList: ["*:*"],
  } as const;
  return createContext(owner, silentLogger, signal);
}

/** A part of the server, until the test is over. */
export function contextOfSystem(name: SystemActorName): Context {
  return systemContext(name, silentLogger, new AbortController().signal);
}

/** For tests of what takes a grant, and is not about who has it: that owner's. */
export function grantFor<A extends Action, O extends ResourceObject>(action: A, object: O): Granted<A, O> {
  return authorize(ownerContext(), action, object);
}
