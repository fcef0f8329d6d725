import { ApiError } from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";
import { parseUuid } from "../../ground/http/index.ts";
import { grantIf, objectOf, type Action, type Context, type Granted, type Thing } from "../../access/index.ts";
import { findAgent, type FoundAgent } from "../resources/found-agent.ts";

/** One text for "not there" and "not yours to see". */
function agentNotFound(): ApiError {
  return new ApiError("not_found", "Agent doesn't exist with that id, or you do not have access to it.");
}

/**
 * The agent of a path, if the caller may do this to its workspace. Agents of imports belong to nobody and are not found.
 *
 * @throws ApiError `malformed_id`; `not_found`, also where the caller sees the workspace and may not do this
 */
export async function getAgent<A extends Action>(
  ctx: Context,
  db: Db,
  id: string,
  action: A,
): Promise<FoundAgent & { readonly granted: Granted<A, Thing> }> {
  const agent = await findAgent(db, parseUuid(id));
  if (agent === undefined) throw agentNotFound();
  const granted = grantIf(ctx, action, objectOf({ ...agent, id: agent.workspace_id }));
  if (granted === undefined) throw agentNotFound();
  return { ...agent, granted };
}
