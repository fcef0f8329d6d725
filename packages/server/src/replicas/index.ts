// replicas: which processes make up the deployment. Owns the lease rows. Promises: what a replica holds ends with its
// lease, 15 s after it was last renewed, in one statement; a clean stop ends it at once. Announces agt_connection_update.
export { Replica } from "./replica.ts";
export { removeReplicas } from "./store.ts";
