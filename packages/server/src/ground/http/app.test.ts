import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { endpoint } from "@hearth/sdk";
import { createContext } from "../../access/index.ts";
import { HeldGrants } from "../live/index.ts";
import { MemoryPubSub } from "../pubsub/index.ts";
import { buildApp } from "./app.ts";
import { route } from "./route.ts";

const upload = endpoint({
  method: "POST",
  path: "/upload",
  operation: "upload",
  summary: "Takes anything",
  body: "raw",
  responses: { 204: null },
});

const held = new HeldGrants({
  pubsub: new MemoryPubSub(silentLogger),
  clock: new FakeClock(),
  log: silentLogger,
  read: () => Promise.reject(new Error("nothing stays open here")),
});

test("who is over its limit is refused before a byte of the body is waited for", async () => {
  await using app = buildApp({
    log: silentLogger,
    clock: new FakeClock(),
    createContext,
    authenticate: () => Promise.resolve({ kind: "anonymous" }),
    pubsub: new MemoryPubSub(silentLogger),
    held,
    routes: [
      route(upload)({
        access: "public",
        ratePerMinute: 1,
        handle: () => ({ status: 204, body: undefined }),
      }),
    ],
    ratePerMinute: 100,
    accessUrl: () => "http://127.0.0.1",
    version: "v2.34.0+hearth.test",
    checkAnswers: true,
    isReady: () => true,
  });
  const { port } = await app.listen("127.0.0.1", 0);
  const first = begin(port).end("x".repeat(10));
  const [taken] = (await once(first, "response")) as [IncomingMessage];

  const second = begin(port);
  second.flushHeaders();
  const [refused] = (await once(second, "response")) as [IncomingMessage];

  expect([taken.statusCode, refused.statusCode]).toEqual([204, 429]);
  expect(refused.headers).toMatchObject({
    "x-ratelimit-limit": "1",
    "x-ratelimit-remaining": "0",
    "retry-after": "60",
  });
});

function begin(port: number) {
  const headers = { "Content-Type": "application/x-tar", "Content-Length": "10" };
  const begun = request({ port, path: "/upload", method: "POST", headers, agent: false });
  onTestFinished(() => void begun.on("error", () => undefined).destroy());
  return begun;
}
