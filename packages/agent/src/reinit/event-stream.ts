/** One server-sent event. */
export interface ServerEvent {
  readonly type: string;
  readonly data: string;
}

/** Far above any event of this stream; who sends more is not what we think. */
const longestEventChars = 64 * 1024;

/** Cuts a stream of text into server-sent events. Comments and fields other than type and data are passed over. */
export class EventStreamReader {
  #text = "";
  #type = "";
  #data: string[] = [];

  /** What became complete with this text. @throws when an event grows beyond all measure */
  feed(text: string): ServerEvent[] {
    this.#text += text;
    const lines = this.#text.split(/\r\n|\n|\r(?!$)/);
    this.#text = lines.pop() ?? "";
    if (this.#text.length > longestEventChars || this.#data.length > longestEventChars) {
      throw new Error(`An event stream sent an event of more than ${longestEventChars} characters.`);
    }
    return lines.flatMap((line) => this.#take(line) ?? []);
  }

  #take(line: string): ServerEvent | undefined {
    if (line === "") {
      const event = { type: this.#type || "message", data: this.#data.join("\n") };
      const isEvent = this.#type !== "" || this.#data.length > 0;
      this.#type = "";
      this.#data = [];
      return isEvent ? event : undefined;
    }
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#type = value;
    else if (name === "data") this.#data.push(value);
    return undefined;
  }
}
