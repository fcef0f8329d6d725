import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createOpenStream } from "#session/http.ts";

test("an answer that ends in the moment in which it is no longer wanted harms nobody", async () => {
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): void => void uncaught.push(error);
  process.on("uncaughtException", onUncaught);
  const answers = new Set<ServerResponse>();
  const server = createServer((_request, response) => {
    answers.add(response);
    response.write("first");
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    process.off("uncaughtException", onUncaught);
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const open = createOpenStream({ serverUrl: `http://127.0.0.1:${port}`, token: "t" });

  for (let round = 0; round < 200; round++) {
    const wanted = new AbortController();
    const { body } = await open("/", { signal: wanted.signal });
    for await (const piece of body) {
      if (piece.toString().endsWith("last")) wanted.abort();
      else for (const answer of answers) answer.end("last");
      answers.clear();
    }
  }

  expect(uncaught).toEqual([]);
});

test("what is no longer wanted is not waited for", async () => {
  const server = createServer(() => undefined).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const open = createOpenStream({ serverUrl: `http://127.0.0.1:${port}`, token: "t" });
  const wanted = new AbortController();

  const opening = open("/", { signal: wanted.signal });
  await once(server, "request");
  wanted.abort(new Error("no longer wanted"));

  await expect(opening).rejects.toThrow("no longer wanted");
  await expect(open("/", { signal: wanted.signal })).rejects.toThrow("no longer wanted");
});
