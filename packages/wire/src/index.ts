// The words to a workspace agent: WebSocket → byte stream → yamux → dRPC → protobuf, and `dial` streams.
// Owns: every byte between server, agent and a tunnel's client. Knows nothing of what the words mean.
// Promises: whatever the peer does is bounded in memory; one that is gone is noticed; whatever waits can be cancelled.
// Messages: `@hearth/wire/agent-proto`, `@hearth/wire/tailnet-proto`. Recorded sessions: `@hearth/wire/recording`.
// Way in: webSocketStream(ws) → new YamuxSession(stream) → createAgentClient | serveSession | dial | acceptDials.
export { clientSocketOptions } from "./bytes/client-socket-options.ts";
export { joinStreams } from "./bytes/join-streams.ts";
export { memoryPair, type MemoryPairOptions } from "./bytes/memory-pair.ts";
export { holdUntilHeard } from "./bytes/hold-until-heard.ts";
export { maxMessageBytes, webSocketStream, type WebSocketStreamOptions } from "./bytes/web-socket-stream.ts";

export { SessionEnded, type SessionEndKind } from "./yamux/errors.ts";
export { YamuxSession, type SessionEnd, type YamuxSessionOptions } from "./yamux/session.ts";
export type { YamuxStream } from "./yamux/stream.ts";

export { DrpcError } from "./drpc/errors.ts";
export type { CallOptions } from "./drpc/client.ts";

export { fromMetadataSpan, toMetadataSpan } from "./agent-protocol/metadata-span.ts";
export {
  serveSession,
  type AgentService,
  type SessionServices,
  type TailnetService,
} from "./agent-protocol/serve-session.ts";
export type { CallContext, TypedCall } from "./agent-protocol/service-types.ts";
export {
  createAgentClient,
  createTailnetClient,
  type AgentClient,
  type TailnetClient,
} from "./agent-protocol/session-clients.ts";
export { uuidFromBytes, uuidToBytes } from "./agent-protocol/uuid.ts";

export {
  acceptDial,
  acceptDials,
  type AcceptDialOptions,
  type DialHandler,
  type DialRequest,
} from "./dial/accept-dial.ts";
export { dialLoopback } from "./dial/dial-loopback.ts";
export { dial, type DialOptions } from "./dial/dial.ts";
export { dialRefusals, DialRefused, DialUnsupported, toDialRefusal, type DialRefusal } from "./dial/errors.ts";
export { acceptPush, pushHeader, pushManifest } from "./dial/push.ts";
export { agentPorts } from "./dial/header.ts";
export { readExactly } from "./dial/read-exactly.ts";

export { agentConnectUrl, sessionTokenHeader, type AgentConnectOptions } from "./connect/agent-connect-url.ts";
export { acceptApiVersion, serverApiVersion, defaultApiVersion, type ApiVersion } from "./connect/api-version.ts";

// Times and spans as they travel, from the protobuf library, so that its version is chosen in one place.
export { create, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
export { durationFromMs, durationMs, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
