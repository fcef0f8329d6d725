import fc from "fast-check";
import { expect, test } from "vitest";
import { readServerSentEvents, type StreamEvent } from "./server-sent-events.ts";

async function read(chunks: (string | Uint8Array)[]): Promise<StreamEvent[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      }
      controller.close();
    },
  });
  return await Array.fromAsync(readServerSentEvents(body));
}

test("an event has a name and data", async () => {
  expect(await read(['event: data\ndata: {"a":1}\n\n'])).toEqual([{ event: "data", data: '{"a":1}' }]);
});

test("a ping without data is an event, too", async () => {
  expect(await read(["event: ping\n\n"])).toEqual([{ event: "ping", data: "" }]);
});

test.for([
  ["several data lines are joined", "data: a\ndata: b\n\n", [{ event: "message", data: "a\nb" }]],
  ["a comment is no event", ": hello\n\n", []],
  ["one blank after the colon is dropped, others stay", "data:  x\n\n", [{ event: "message", data: " x" }]],
  ["lines may end in CR LF", "event: data\r\ndata: 1\r\n\r\n", [{ event: "data", data: "1" }]],
  ["an event that the end cuts off is dropped", "event: data\ndata: 1\n", []],
] as const)("%s", async ([, text, events]) => {
  expect(await read([text])).toEqual(events);
});

test("where the bytes are cut makes no difference", async () => {
  const text = "event: ping\n\nevent: data\ndata: grüß\r\n\r\nevent: error\ndata: é€😀\n\n";
  const bytes = new TextEncoder().encode(text);
  const whole = await read([bytes]);

  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, i) => bytes.slice(at[i], end));

      expect(await read(chunks)).toEqual(whole);
    }),
  );
  expect(whole).toHaveLength(3);
});
