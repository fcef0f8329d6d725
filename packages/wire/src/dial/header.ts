import { DialProtocolError, toDialRefusal } from "./errors.ts";
import type { DialRefusal } from "./errors.ts";

/** The first byte of a dial; no dRPC call begins with it. */
export const dialMarker = 0x48;
export const dialVersion = 1;
/** Marker, version, port, length of the JSON. */
export const dialHeaderBytes = 6;
export const maxPort = 65_535;
const maxJsonBytes = 65_535;

/** Ports that the agent itself serves; any other is a TCP port on 127.0.0.1 of the workspace. */
export const agentPorts = {
  ssh: 1,
  reconnectingPty: 2,
  http: 4,
  /** For the server alone. */
  push: 5,
} as const;

/** What a dial asks for. */
export interface DialTarget {
  readonly port: number;
  /** What the connection is for, as the agent's log and connection reports show it. */
  readonly reason: string | undefined;
  /** How long the dialler waits for the answer. */
  readonly deadlineMs: number | undefined;
}

/** The answer byte of a connected dial. */
export const connectedAnswer = Buffer.from([0]);

/** @throws RangeError for a port outside 1–65535, or a reason that does not fit. */
export function encodeDialHeader({ port, reason, deadlineMs }: DialTarget): Buffer {
  if (!Number.isInteger(port) || port < 1 || port > maxPort) throw new RangeError(`${port} is not a port (1–65535).`);
  const hasDetails = reason !== undefined || deadlineMs !== undefined;
  const json = Buffer.from(hasDetails ? JSON.stringify({ reason, deadline_ms: deadlineMs }) : "");
  if (json.length > maxJsonBytes) throw new RangeError(`The reason of a dial is too long: ${json.length} bytes.`);
  const header = Buffer.alloc(dialHeaderBytes + json.length);
  header[0] = dialMarker;
  header[1] = dialVersion;
  header.writeUInt16BE(port, 2);
  header.writeUInt16BE(json.length, 4);
  header.set(json, dialHeaderBytes);
  return header;
}

/** The fixed part of a header. @throws DialProtocolError when it is no dial of a version we know. */
export function decodeDialHeader(header: Buffer): { port: number; jsonBytes: number } {
  if (header[0] !== dialMarker)
    throw new DialProtocolError(`A stream begins with byte ${header[0]}, not with a dial's.`);
  if (header[1] !== dialVersion) throw new DialProtocolError(`A dial has version ${header[1]}; only 1 is known.`);
  const port = header.readUInt16BE(2);
  if (port === 0) throw new DialProtocolError("A dial names port 0.");
  return { port, jsonBytes: header.readUInt16BE(4) };
}

/** The details of a header; fields that are missing, or of another type, are left out. */
export function decodeDialDetails(json: Buffer): Pick<DialTarget, "reason" | "deadlineMs"> {
  if (json.length === 0) return { reason: undefined, deadlineMs: undefined };
  const details = parseObject(json.toString("utf8"));
  const { reason, deadline_ms: deadlineMs } = details;
  return {
    reason: typeof reason === "string" ? reason : undefined,
    deadlineMs: typeof deadlineMs === "number" && deadlineMs > 0 ? deadlineMs : undefined,
  };
}

export function encodeRefusal(reason: DialRefusal): Buffer {
  const text = Buffer.from(reason);
  const answer = Buffer.alloc(3 + text.length);
  answer[0] = 1;
  answer.writeUInt16BE(text.length, 1);
  answer.set(text, 3);
  return answer;
}

/** A newer agent may know more reasons than we do; to us they are refusals. */
export function decodeRefusal(text: string): DialRefusal {
  return toDialRefusal(text) ?? "refused";
}

function parseObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined; // reported below, as any other JSON that is no object
  }
  if (typeof parsed !== "object" || parsed === null)
    throw new DialProtocolError("The details of a dial are no JSON object.");
  return { ...parsed };
}
