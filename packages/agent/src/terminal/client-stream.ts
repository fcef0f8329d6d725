/** What a client begins with: which terminal, and how it looks. */
export interface TerminalHeader {
  readonly id: string;
  readonly rows: number;
  readonly columns: number;
  /** Empty: the login shell. */
  readonly command: string;
  /** Of a container beside the agent; empty for the workspace itself. */
  readonly container: string;
}

/** What a client says afterwards: keys, a new size, or both. */
export interface TerminalMessage {
  readonly data: string | undefined;
  readonly rows: number | undefined;
  readonly columns: number | undefined;
}

/** The client does not speak the protocol; its attachment ends. */
export class TerminalProtocolError extends Error {
  override readonly name = "TerminalProtocolError";
}

const longestHeaderBytes = 16 * 1024;
/** A paste travels as one message. */
const longestMessageBytes = 4 * 1024 * 1024;
const fallbackSize = 80;

/**
 * Reads what a client of a reconnecting terminal sends, however the stream is cut: two bytes of length (little endian),
 * that many bytes of JSON, then JSON objects one after the other. Keys are matched without regard to case.
 * @see agents §17.4, rule A-28
 */
export class TerminalClientStream {
  #held: Buffer = Buffer.alloc(0);
  #header: TerminalHeader | undefined;
  readonly #objects = new JsonObjects();

  /** What became complete with these bytes. @throws TerminalProtocolError */
  feed(chunk: Buffer): { header?: TerminalHeader; messages: TerminalMessage[] } {
    if (this.#header) return { messages: this.#objects.feed(chunk).map(toMessage) };
    this.#held = Buffer.concat([this.#held, chunk]);
    if (this.#held.length < 2) return { messages: [] };
    const end = 2 + this.#held.readUInt16LE(0);
    if (end > longestHeaderBytes) {
      throw new TerminalProtocolError(`A terminal's header of ${end} bytes; ${longestHeaderBytes} are allowed.`);
    }
    if (this.#held.length < end) return { messages: [] };
    this.#header = toHeader(parse(this.#held.subarray(2, end)));
    const rest = this.#held.subarray(end);
    this.#held = Buffer.alloc(0);
    return { header: this.#header, messages: this.#objects.feed(rest).map(toMessage) };
  }
}

/** Cuts a stream into JSON objects by their braces; only what stands between two of them may be dropped: white space. */
class JsonObjects {
  #parts: Buffer[] = [];
  #bytes = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  feed(chunk: Buffer): Record<string, unknown>[] {
    const objects: Record<string, unknown>[] = [];
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index];
      if (this.#isInString) this.#insideString(byte);
      else if (byte === quote) this.#isInString = true;
      else if (byte === openBrace) this.#depth++;
      else if (byte === closeBrace && --this.#depth === 0) {
        this.#keep(chunk.subarray(start, index + 1));
        objects.push(parse(Buffer.concat(this.#parts)));
        this.#parts = [];
        this.#bytes = 0;
        start = index + 1;
      }
      if (this.#depth < 0) throw new TerminalProtocolError("A terminal's client sent a brace too many.");
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return objects;
  }

  #insideString(byte: number | undefined): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) this.#isInString = false;
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > longestMessageBytes) {
      throw new TerminalProtocolError(`A terminal's message is longer than ${longestMessageBytes} bytes.`);
    }
    this.#parts.push(Buffer.from(part)); // a copy: the chunk's memory is not ours to keep
  }
}

const [quote, backslash, openBrace, closeBrace] = [0x22, 0x5c, 0x7b, 0x7d];

function parse(json: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json.toString("utf8"));
  } catch (error) {
    throw new TerminalProtocolError("A terminal's client sent something that is not JSON.", { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TerminalProtocolError("A terminal's client sent JSON that is not an object.");
  }
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]));
}

function toHeader(fields: Record<string, unknown>): TerminalHeader {
  const { id, height, width, command, container } = fields;
  if (typeof id !== "string" || id === "") throw new TerminalProtocolError("A terminal's header has no id.");
  return {
    id: id.toLowerCase(),
    rows: toSize(height) ?? fallbackSize,
    columns: toSize(width) ?? fallbackSize,
    command: typeof command === "string" ? command : "",
    container: typeof container === "string" ? container : "",
  };
}

function toMessage(fields: Record<string, unknown>): TerminalMessage {
  const { data, height, width } = fields;
  return { data: typeof data === "string" ? data : undefined, rows: toSize(height), columns: toSize(width) };
}

/** Terminals count their cells in 16 bits. */
function toSize(value: unknown): number | undefined {
  const isSize = typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536;
  return isSize ? value : undefined;
}
