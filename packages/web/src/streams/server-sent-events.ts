/** One event of a stream as it came; `data` is "" for one without a data line (our pings). */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/**
 * Reads `text/event-stream` until it ends. Every block counts as an event, also one without data: a ping is how the
 * reader knows that the connection lives, which is why this is not `EventSource`, where pings are invisible.
 * @see WHATWG HTML, "Server-sent events", 9.2.6
 */
export async function* readServerSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  // TypeScript's DOM types do not see that a decoder stream takes any bytes.
  const text = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
  let rest = "";
  let event = "message";
  let data: string[] = [];
  let isBlank = true;
  for await (const chunk of text) {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (!isBlank) yield { event, data: data.join("\n") };
        event = "message";
        data = [];
        isBlank = true;
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") event = value;
      else if (field === "data") data.push(value);
      else continue; // comments, ids and retry times say nothing here
      isBlank = false;
    }
  }
}
