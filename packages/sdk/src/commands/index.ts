// The commands protocol: how many commands of one workspace travel over one connection. In layers: frames and their codec, a
// connection with its commands over any channel of frames, its binding to a WebSocket. Runs everywhere JavaScript does.
export {
  agentFrames,
  clientFrames,
  decodeFrame,
  encodeFrame,
  FrameError,
  frameBytes,
  initialWindowBytes,
  longestFrameBytes,
  longestPayloadBytes,
  longestStartBytes,
  readNumber,
  writeNumber,
  type Frame,
} from "./frame.ts";
export { FrameReader, headOf, withLength } from "./frame-reader.ts";
export { CommandError, commandErrorCodes, type CommandErrorCode } from "./command-error.ts";
export type { Command, CommandOutput } from "./command.ts";
export { CommandsConnection, maxOpenCommands, type FrameChannel } from "./connection.ts";
export {
  connectCommands,
  refusedCloseCode,
  type CommandsSocketOptions,
  type OpenWebSocket,
  type WebSocketLike,
} from "./web-socket.ts";
