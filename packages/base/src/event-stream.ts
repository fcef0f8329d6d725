/** One server-sent event; `data` is "" for one without a data line (our pings). */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
}

/** Far above anything that Hearth sends in one event. */
const usualLongestChars = 64 * 1024 * 1024;

/**
 * Cuts the text of a `text/event-stream` into its events, wherever it was cut before. Every block counts as one, also one
 * without data: a ping is how a reader knows that the connection lives. Comments, ids and retry times are passed over.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class EventStreamReader {
  readonly #longestChars: number;
  /** Of a line whose end has not come. */
  #rest = "";
  #type = "";
  #data: string[] = [];
  #dataChars = 0;

  constructor({ longestChars = usualLongestChars }: { longestChars?: number } = {}) {
    this.#longestChars = longestChars;
  }

  /** What became complete with this text. @throws Error when an event grows beyond `longestChars` */
  feed(text: string): StreamEvent[] {
    const mayEndLine = this.#rest.endsWith("\r") || /[\r\n]/.test(text);
    this.#rest += text;
    // A long line that comes in pieces is looked at once, at its end.
    if (!mayEndLine) {
      this.#bound(this.#rest.length);
      return [];
    }
    // A carriage return at the end may be half of a line's end.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    const events = lines.flatMap((line) => this.#take(line) ?? []);
    this.#bound(this.#rest.length);
    return events;
  }

  #take(line: string): StreamEvent | undefined {
    if (line === "") {
      const isEvent = this.#type !== "" || this.#data.length > 0;
      const event = { type: this.#type || "message", data: this.#data.join("\n") };
      this.#type = "";
      this.#data = [];
      this.#dataChars = 0;
      return isEvent ? event : undefined;
    }
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#type = value;
    if (name !== "data") return undefined;
    this.#dataChars += value.length + 1;
    this.#bound(0);
    this.#data.push(value);
    return undefined;
  }

  #bound(restChars: number): void {
    if (this.#dataChars + restChars <= this.#longestChars) return;
    throw new Error(`An event stream sent an event of more than ${this.#longestChars} characters.`);
  }
}

/** The events of a stream of text, as they come; ends with it. What its end cuts off is no event. */
export async function* readEvents(text: AsyncIterable<string>): AsyncGenerator<StreamEvent, void, undefined> {
  const reader = new EventStreamReader();
  for await (const piece of text) yield* reader.feed(piece);
}
