// replicas: which processes make up the deployment, and byte streams and hints between them. Owns the lease rows. Promises: what a
// replica holds ends with its lease, 15 s after it was last renewed, in one statement; a clean stop ends it at once; what
// one replica holds, every one reaches through the relay, and nobody else does. Announces agt_connection_update.
export { Replica } from "./replica.ts";
export { RelayRefused, RelayUnreachable } from "./relay/errors.ts";
export type { RelayRefusal, RelayRequest } from "./relay/kinds.ts";
export { serveHints, tellReplica, type TellDeps } from "./hints.ts";
export { Relay } from "./relay/relay.ts";
export { removeReplicas } from "./remove-replicas.ts";
