import type { Message, PubSub } from "../../ground/pubsub/index.ts";
import { tellReplica, type TellDeps } from "../../replicas/index.ts";

/**
 * Tells of each claim of ours the replicas that hold its agents, at once: their sessions go on as the new agents, and what
 * waits there hears of it, whether or not the announcement arrives. Dispose it to stop; what is being told goes on until
 * `signal` aborts.
 */
export function pushClaims(deps: TellDeps & { readonly pubsub: PubSub }, signal: AbortSignal): Disposable {
  return deps.pubsub.subscribe("prebuild_claimed", "*", {
    onMessage(message, key, from) {
      if (from !== "here") return;
      for (const id of holdersOf(message)) {
        if (id === deps.replica.id) continue;
        void tellReplica(deps, id, { channel: "prebuild_claimed", key, message }, signal); // never rejects
      }
    },
    onDropped: () => undefined, // nothing of ours is lost
  });
}

function holdersOf({ agents = [] }: Message<"prebuild_claimed">): Set<string> {
  return new Set(agents.flatMap(({ replica_id: id }) => (id === null ? [] : [id])));
}
