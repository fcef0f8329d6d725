// The commands protocol: how many commands of one workspace travel over one connection. Runs everywhere JavaScript does;
// knows neither sockets nor schemas, so that an agent can use it as well as a browser.
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
export { FrameReader, withLength } from "./frame-reader.ts";
