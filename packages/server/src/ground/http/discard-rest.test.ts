import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import { discardRest } from "./discard-rest.ts";

/** A server that refuses every upload without reading it, and one upload to it. */
async function refusedUpload() {
  await using undo = new AsyncDisposableStack();
  const clock = new FakeClock();
  const closing = new AbortController();
  const discarded = Promise.withResolvers<void>();
  const server = createServer((asked, answer) => {
    answer.shouldKeepAlive = true;
    answer.writeHead(413).end("too large");
    discarded.resolve(discardRest(asked, clock, closing.signal));
  });
  undo.defer(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const upload = request({ port: (server.address() as AddressInfo).port, method: "POST", agent: false });
  upload.on("error", () => undefined); // it may be cut off
  undo.defer(() => void upload.destroy());
  upload.write("first");
  const [answer] = (await once(upload, "response")) as [IncomingMessage];
  answer.resume();
  const kept = undo.move();
  return { clock, closing, upload, discarded: discarded.promise, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

test("who goes on sending is cut off after ten seconds", async () => {
  await using it = await refusedUpload();
  const cut = once(it.upload, "close");
  await it.clock.asleep("discard-rest");

  await it.clock.advance(10_000);

  await Promise.all([it.discarded, cut]);
  expect(it.upload.socket?.destroyed).toBe(true);
});

test.for<[string, (it: Awaited<ReturnType<typeof refusedUpload>>) => void]>([
  ["has sent everything", ({ upload }) => void upload.end("last")],
  ["has left", ({ upload }) => void upload.destroy()],
  ["is told that the server stops", ({ closing }) => closing.abort()],
])("who %s is waited for no longer", async ([, end]) => {
  await using it = await refusedUpload();
  await it.clock.asleep("discard-rest");

  end(it);
  await it.discarded;

  expect(it.clock.pending()).toEqual([]);
});
