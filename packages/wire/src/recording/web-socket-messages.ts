/** The side that dialled, or the one that accepted. */
export type Side = "client" | "server";

/** One WebSocket message of a recording. */
export interface RecordedMessage {
  /** Milliseconds since the recording began. */
  readonly atMs: number;
  readonly from: Side;
  readonly data: Buffer;
}

export interface RecordedSocket {
  /** What was asked for: path and query. */
  readonly path: string;
  readonly status: number;
  /** The binary messages in the order in which they were seen. */
  readonly messages: readonly RecordedMessage[];
  /** The close codes that were sent. */
  readonly closes: readonly { readonly atMs: number; readonly from: Side; readonly code: number }[];
}

const opcodes = { binary: 2, close: 8 } as const;

/** Reads the lines of a recording. @throws SyntaxError for a line that is none of the known kinds. */
export function parseSocket(jsonLines: string): RecordedSocket {
  const lines = jsonLines.split("\n").filter((line) => line !== "");
  const [first = {}, ...rest] = lines.map(parseLine);
  const { open, status } = first;
  if (typeof open !== "string" || typeof status !== "number")
    throw new SyntaxError("The first line does not name a request.");
  const messages: RecordedMessage[] = [];
  const closes: { atMs: number; from: Side; code: number }[] = [];
  for (const line of rest) {
    if ("closed_by" in line) continue;
    const { ms, dir, op, base64 } = line;
    if (typeof ms !== "number" || typeof base64 !== "string" || (dir !== "c2s" && dir !== "s2c")) {
      throw new SyntaxError(`A line is no WebSocket message: ${JSON.stringify(line)}`);
    }
    const message = {
      atMs: ms,
      from: dir === "c2s" ? "client" : "server",
      data: Buffer.from(base64, "base64"),
    } as const;
    if (op === opcodes.binary) messages.push(message);
    else if (op === opcodes.close) closes.push({ atMs: ms, from: message.from, code: message.data.readUInt16BE() });
    else throw new SyntaxError(`A message has opcode ${String(op)}.`);
  }
  return { path: open, status, messages, closes };
}

function parseLine(line: string): Record<string, unknown> {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== "object" || parsed === null) throw new SyntaxError(`A line is no JSON object: ${line}`);
  return { ...parsed };
}
