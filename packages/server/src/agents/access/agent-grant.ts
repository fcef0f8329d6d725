import { authorize, type Action, type Context, type Granted, type Thing } from "../../access/index.ts";

/** An agent as permissions see it: by the workspace that it is in, whose they are. */
export interface AgentThing extends Thing {
  readonly agentId: string;
}

/** A right on the workspace of an agent: what changes or discloses the agent takes one. */
export type GrantedAgent<A extends Action> = Granted<A, AgentThing>;

export interface AgentFacts {
  readonly agentId: string;
  readonly workspaceId: string;
  /** Left out by who does not know it: then nothing is given for being its owner. */
  readonly ownerId?: string | undefined;
  readonly organizationId?: string | undefined;
}

/** @throws as `authorize` */
export function authorizeAgent<A extends Action>(
  ctx: Context,
  action: A,
  { agentId, workspaceId, ownerId, organizationId }: AgentFacts,
): GrantedAgent<A> {
  return authorize(ctx, action, { id: workspaceId, ownerId, organizationId, agentId });
}
