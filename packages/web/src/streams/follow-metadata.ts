import type { Clock } from "@hearth/base";
import { endpoints, ServerSentEvent, WorkspaceAgentMetadata, type Client } from "@hearth/sdk";
import { z } from "zod";
import { keepConnected } from "./keep-connected.ts";
import { runSocket } from "./socket.ts";
import type { Store } from "./store.ts";

const Values = z.array(WorkspaceAgentMetadata);

/** Keeps `values` as an agent's metadata is, until the signal aborts. */
export function followMetadata(options: {
  client: Client;
  clock: Clock;
  agentId: string;
  signal: AbortSignal;
  values: Store<readonly WorkspaceAgentMetadata[]>;
}): Promise<void> {
  const { client, clock, agentId, signal, values } = options;
  return keepConnected({
    name: "metadata",
    clock,
    signal,
    onState: () => undefined, // values carry their age, that says enough
    connect: async ({ signal: until, opened }) => {
      await runSocket({
        url: client.urlOf(endpoints.agents.watchMetadataSocket, { params: { workspaceagent: agentId } }, "ws"),
        signal: until,
        onOpen: opened,
        onMessage: (message) => {
          if (typeof message !== "string") return;
          const { type, data } = ServerSentEvent.parse(JSON.parse(message));
          if (type === "data") values.set(Values.parse(data));
        },
      });
      return "lost";
    },
  });
}
