import type { Duplex } from "node:stream";
import type { Clock } from "@hearth/base";
import { RelayRefused, type RelayRequest } from "../../replicas/index.ts";
import type { AgentSession } from "../sessions/agent-session.ts";
import type { AgentSessions } from "../sessions/sessions.ts";
import { dialSession, refusalOf } from "./dial-held.ts";

/**
 * Dials an agent of ours for another replica, which has decided that its client may.
 * @throws RelayRefused with the agent's word, or `not held`
 */
export async function serveRelayedDial(
  deps: { clock: Clock; sessions: AgentSessions },
  request: RelayRequest<"agent_dial">,
  signal: AbortSignal,
): Promise<Duplex> {
  const session = await findHeld(deps.sessions, request);
  if (session === undefined) throw new RelayRefused("not held", "The agent is not connected to this server.");
  // A claim that the asking replica has heard of: nobody meets the agent of before it.
  await session.settled(signal);
  try {
    return await dialSession(deps, session, { port: request.port, reason: request.reason, signal });
  } catch (error) {
    throw refusalOf(error);
  }
}

/**
 * The agent's session, not older than the one asked for. The other replica has read the database, which may be ahead of
 * us: a session whose record is just coming back, or a claim whose announcement is on its way.
 */
async function findHeld(
  sessions: AgentSessions,
  { agent_id: agentId, generation }: RelayRequest<"agent_dial">,
): Promise<AgentSession | undefined> {
  const isIt = (session: AgentSession | undefined) => (session?.generation ?? -1) >= generation;
  const { registry } = sessions;
  let session = registry.newest(agentId);
  if (isIt(session)) return session;
  await Promise.allSettled(registry.ofAgent(agentId).map(({ opened }) => opened));
  session = registry.newest(agentId);
  if (isIt(session)) return session;
  await sessions.lookFor(agentId);
  session = registry.newest(agentId);
  return isIt(session) ? session : undefined;
}
