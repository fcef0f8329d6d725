import { systemClock } from "@hearth/base";
import type { WorkspaceAgent, WorkspaceAgentMetadata } from "@hearth/sdk";
import { useEffect, useState } from "react";
import { followMetadata } from "../streams/follow-metadata.ts";
import { Store } from "../streams/store.ts";
import { useStore } from "../streams/use-store.ts";
import { useClient } from "./use-client.ts";

/** An agent's metadata as it changes; empty while the agent is not connected, or has none. */
export function useMetadata(agent: WorkspaceAgent): readonly WorkspaceAgentMetadata[] {
  const client = useClient();
  const [values] = useState(() => new Store<readonly WorkspaceAgentMetadata[]>([]));
  const isConnected = agent.status === "connected";
  useEffect(() => {
    if (!isConnected) return;
    const stop = new AbortController();
    void followMetadata({ client, clock: systemClock, agentId: agent.id, signal: stop.signal, values });
    return () => {
      stop.abort();
      values.set([]);
    };
  }, [client, agent.id, isConnected, values]);
  return useStore(values);
}
