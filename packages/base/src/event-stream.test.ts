import fc from "fast-check";
import { expect, test } from "vitest";
import { EventStreamReader, readEvents, type StreamEvent } from "./event-stream.ts";

test.for<[what: string, text: string, events: StreamEvent[]]>([
  ["an event has a type and data", 'event: data\ndata: {"a":1}\n\n', [{ type: "data", data: '{"a":1}' }]],
  ["a ping without data is an event, too", "event: ping\n\n", [{ type: "ping", data: "" }]],
  ["several data lines are joined", "data: a\ndata: b\n\n", [{ type: "message", data: "a\nb" }]],
  ["a field without a colon has no value", "data\nevent\n\n", [{ type: "message", data: "" }]],
  ["a comment is no event", ": hello\n\n", []],
  ["an id is no event", "id: 7\nretry: 5\n\n", []],
  ["one blank after the colon is dropped, others stay", "data:  x\ndata:y\n\n", [{ type: "message", data: " x\ny" }]],
  ["lines may end in CR LF", "event: data\r\ndata: 1\r\n\r\n", [{ type: "data", data: "1" }]],
  ["lines may end in CR", "event: data\rdata: 1\r\r: more", [{ type: "data", data: "1" }]],
  ["an event that the end cuts off is dropped", "event: data\ndata: 1\n", []],
])("%s", async ([, text, events]) => {
  const read: StreamEvent[] = [];
  for await (const event of readEvents(piecesOf(text))) read.push(event);
  expect(read).toEqual(events);
});

test("events come out the same wherever the text was cut, and whatever ends its lines", () => {
  const event = fc.record({
    type: fc.constantFrom("data", "ping", "x y"),
    data: fc.array(fc.stringMatching(/^[^\r\n]*$/), { minLength: 1, maxLength: 3 }),
  });
  const end = fc.constantFrom("\n", "\r\n", "\r");
  fc.assert(
    fc.property(fc.array(event), end, fc.array(fc.nat({ max: 7 })), (events, lineEnd, cuts) => {
      const text = events
        .map(
          ({ type, data }) =>
            [`event: ${type}`, ": a comment", ...data.map((line) => `data: ${line}`), "id: 1", ""].join(lineEnd) +
            lineEnd,
        )
        .join("");
      const reader = new EventStreamReader();
      const read: unknown[] = [];
      let rest = `${text}:`; // whether a carriage return at the very end ends a line is only known after it
      for (const cut of cuts) {
        read.push(...reader.feed(rest.slice(0, cut)));
        rest = rest.slice(cut);
      }
      read.push(...reader.feed(rest));

      expect(read).toEqual(events.map(({ type, data }) => ({ type, data: data.join("\n") })));
    }),
  );
});

test.for([
  ["in one line", (count: number) => (count === 0 ? "data: " : "x".repeat(100))],
  ["in many lines", () => `data: ${"x".repeat(100)}\n`],
  ["in empty lines of data", () => "data\n".repeat(100)],
] as const)("an event without end %s is refused", ([, piece]) => {
  const reader = new EventStreamReader({ longestChars: 1_000 });

  expect(() => {
    for (let count = 0; count < 100; count++) reader.feed(piece(count));
  }).toThrow("more than 1000 characters");
});

async function* piecesOf(text: string): AsyncGenerator<string, void, undefined> {
  yield await Promise.resolve(text);
}
