import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { httpFetch } from "./http-fetch.ts";

/** A server that answers so, and its address. */
async function listen(handler: RequestListener): Promise<AsyncDisposable & { readonly url: string; close(): void }> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const get = { method: "GET", headers: {} };

test("says what it is told to, and gives what comes back", async () => {
  await using server = await listen((request, response) => {
    void buffer(request).then((body) => {
      response.writeHead(201, { "X-Seen": `${request.method} ${request.url} ${String(request.headers["x-own"])}` });
      response.end(JSON.stringify({ length: body.length, said: request.headers["content-length"] }));
    });
  });

  const answer = await httpFetch(`${server.url}/a?b=c`, {
    method: "POST",
    headers: { "X-Own": "own" },
    body: "größe",
  });

  expect([answer.status, answer.ok, answer.headers.get("X-SEEN")]).toEqual([201, true, "POST /a?b=c own"]);
  expect(answer.headers.get("x-none")).toBeNull();
  await expect(answer.json()).resolves.toEqual({ length: 7, said: "7" });
});

test.for([
  { encoding: "gzip", pack: gzipSync },
  { encoding: "identity", pack: (data: Buffer) => data },
])("reads an answer packed as $encoding, whole and piece by piece", async ({ encoding, pack }) => {
  const data = Buffer.from("ein wenig Text ".repeat(10_000));
  await using server = await listen((request, response) => {
    expect(request.headers["accept-encoding"]).toBe("gzip");
    response.writeHead(200, { "Content-Encoding": encoding }).end(pack(data));
  });

  const whole = await httpFetch(server.url, get);
  expect(Buffer.from(await whole.arrayBuffer()).equals(data)).toBe(true);
  const streamed = await httpFetch(server.url, get);
  const pieces: Uint8Array[] = [];
  for await (const piece of streamed.body ?? []) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(data)).toBe(true);
});

test("an answer without content has no body", async () => {
  await using server = await listen((_request, response) => response.writeHead(204).end());

  const answer = await httpFetch(server.url, get);

  expect([answer.ok, answer.body, await answer.text()]).toEqual([true, null, ""]);
});

test("goes where it is sent on to, with what it said", async () => {
  await using server = await listen((request, response) => {
    if (request.url === "/old") response.writeHead(308, { Location: "/new" }).end();
    else void buffer(request).then((body) => response.end(`${request.method} ${request.url} ${body.toString()}`));
  });

  const answer = await httpFetch(`${server.url}/old`, { method: "PUT", headers: {}, body: Buffer.from("it") });

  await expect(answer.text()).resolves.toBe("PUT /new it");
});

test("asks again where the server had closed the connection that was kept", async () => {
  let asked = 0;
  await using server = await listen((_request, response) => response.end(String(++asked)));
  await (await httpFetch(server.url, get)).text();

  server.close(); // this side has not heard of it

  await expect((await httpFetch(server.url, get)).text()).resolves.toBe("2");
});

test("fails with the connection's own error, or the reason of its signal", async () => {
  await using server = await listen((_request, response) => response.writeHead(200).write("half"));
  const stop = new AbortController();
  const reason = new Error("enough");

  await expect(httpFetch("http://127.0.0.1:1", get)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  const answer = await httpFetch(server.url, { ...get, signal: stop.signal });
  const reading = answer.text();
  stop.abort(reason);
  await expect(reading).rejects.toThrow();
  await expect(httpFetch(server.url, { ...get, signal: stop.signal })).rejects.toBe(reason);
});
