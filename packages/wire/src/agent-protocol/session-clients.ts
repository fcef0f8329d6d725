import type { Clock } from "@hearth/base";
import { createDrpcClient } from "../drpc/client.ts";
import { Agent } from "../gen/agent_pb.ts";
import { Tailnet } from "../gen/tailnet_pb.ts";
import type { YamuxSession } from "../yamux/session.ts";
import { createServiceClient } from "./create-client.ts";
import type { ServiceClient } from "./service-types.ts";

/** The server's Agent service as an agent calls it. Each method takes `{ signal, timeoutMs }`. */
export type AgentClient = ServiceClient<typeof Agent.method>;
/** The server's Tailnet service as an agent or a client of the tunnel calls it. */
export type TailnetClient = ServiceClient<typeof Tailnet.method>;

/** The agent's calls over its session. Methods throw DrpcError, SessionEnded, StreamReset, or the signal's reason. */
export function createAgentClient(session: YamuxSession, { clock }: { clock: Clock }): AgentClient {
  return createServiceClient(Agent, createDrpcClient({ open: () => session.open(), clock }));
}

/** The coordination calls over the same session. */
export function createTailnetClient(session: YamuxSession, { clock }: { clock: Clock }): TailnetClient {
  return createServiceClient(Tailnet, createDrpcClient({ open: () => session.open(), clock }));
}
