import fc from "fast-check";
import { expect, test } from "vitest";
import { parseEventStream, type StreamEvent } from "./event-stream.ts";

async function parse(chunks: Iterable<Uint8Array>): Promise<StreamEvent[]> {
  async function* body() {
    yield* chunks;
  }
  const found: StreamEvent[] = [];
  for await (const event of parseEventStream(body())) found.push(event);
  return found;
}

const text =
  'event: ping\n\nevent: data\ndata: {"name":"dév"}\n\n: a comment\n\ndata: one\ndata: two\n\nevent: data\r\ndata:3\r\n\r\n';
const events = [
  { type: "ping", data: "" },
  { type: "data", data: '{"name":"dév"}' },
  { type: "message", data: "one\ntwo" },
  { type: "data", data: "3" },
];

test("events are told by the blank line after them", async () => {
  await expect(parse([new TextEncoder().encode(text)])).resolves.toEqual(events);
});

test("it does not matter where chunks are cut", async () => {
  const bytes = new TextEncoder().encode(text);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 20 }), async (cuts) => {
      const borders = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = borders.slice(1).map((end, index) => bytes.slice(borders[index], end));
      expect(await parse(chunks)).toEqual(events);
    }),
  );
});

test("an event that the stream's end cuts off is not told", async () => {
  await expect(parse([new TextEncoder().encode("event: data\ndata: half")])).resolves.toEqual([]);
});
