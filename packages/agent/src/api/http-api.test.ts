import { silentLogger, systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { memoryPair } from "@hearth/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HttpApi } from "#api/http-api.ts";
import { Refusal } from "#api/refusal.ts";
import { matchRoute, type Route } from "#api/route.ts";
import { ListeningPorts } from "#ports/listening-ports.ts";
import { portRoutes } from "#ports/port-routes.ts";
import { ApiClient } from "#testing/api-client.ts";

test("the HTTP API greets, lists ports, and knows what it does not know", async () => {
  const routes = portRoutes(new ListeningPorts({ clock: new FakeClock(), proc: "/nowhere" }));
  const api = new HttpApi({ routes, clock: systemClock, log: silentLogger });
  const client = new ApiClient(api);

  expect(await client.json("GET", "/")).toEqual([200, { message: "Hello from the agent!" }]);
  expect(await client.json("GET", "/api/v0/listening-ports")).toEqual([200, { ports: [] }]);
  expect(await client.json("GET", "/api/v1/listening-ports")).toEqual([200, { ports: [] }]);
  expect(await client.json("GET", "/constructor")).toMatchObject([404, { code: "not_found" }]);
  expect(await client.json("POST", "/")).toMatchObject([404, {}]);
  expect((await client.ask("HEAD", "/")).bytes).toHaveLength(0);
  api.close();
});

test("who does not send a request within 20 s is let go of, and who has is not", async () => {
  const clock = new FakeClock();
  const routes: Route[] = [{ at: "GET /slow", isLong: true, handle: () => new Promise<never>(() => undefined) }];
  const api = new HttpApi({ routes, clock, log: silentLogger });
  const [[slow, theirSlow], [asked, theirs]] = [memoryPair(), memoryPair()];
  for (const end of [slow, asked]) end.on("error", () => undefined);
  api.accept(theirSlow);
  api.accept(theirs);
  slow.write("GET / HTTP/1.1\r\nHost: agent\r\n");
  asked.write("GET /slow HTTP/1.1\r\nHost: agent\r\n\r\n");

  await clock.advance(19_999);
  expect(theirSlow.destroyed).toBe(false);
  await clock.advance(1);

  expect([theirSlow.destroyed, theirs.destroyed]).toEqual([true, false]);
  api.close();
  expect([theirs.destroyed, clock.pending()]).toEqual([true, []]);
});

test("what is no HTTP is cut", async () => {
  const api = new HttpApi({ routes: [], clock: systemClock, log: silentLogger });

  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (bytes) => {
      const [ours, theirs] = memoryPair();
      ours.on("error", () => undefined).resume();
      const closed = new Promise((resolve) => theirs.once("close", resolve));
      api.accept(theirs);
      ours.end(bytes);
      await closed;
    }),
  );
  api.close();
});

test("an answer that is not there after 20 s is a 503, and its handler is told", async () => {
  const clock = new FakeClock();
  let reason: unknown;
  const handle: Route["handle"] = ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        reason = signal.reason;
        reject(signal.reason);
      });
    });
  const api = new HttpApi({ routes: [{ at: "GET /slow", handle }], clock, log: silentLogger });

  const asking = new ApiClient(api).json("GET", "/slow");
  await clock.asleep("answer");
  await clock.advance(20_000);

  expect(await asking).toMatchObject([503, { code: "timeout" }]);
  expect(reason).toMatchObject({ name: "TimeoutError" });
  api.close();
});

test("a refusal says its code and why; anything else is no business of the client's", async () => {
  const routes: Route[] = [
    {
      at: "GET /refused",
      handle: () => Promise.reject(new Refusal(409, "exists", "It is taken.", { detail: "By ada." })),
    },
    { at: "GET /broken", handle: () => Promise.reject(new Error("secret")) },
    {
      at: "GET /cut",
      handle: async () => ({
        status: 200,
        headers: {},
        send: async (response) => {
          response.write("some");
          throw new Error("the rest is gone");
        },
      }),
    },
  ];
  const api = new HttpApi({ routes, clock: systemClock, log: silentLogger });
  const client = new ApiClient(api);

  expect(await client.json("GET", "/refused")).toEqual([
    409,
    { code: "exists", message: "It is taken.", detail: "By ada." },
  ]);
  expect(await client.json("GET", "/broken")).toEqual([
    500,
    { code: "failed", message: expect.not.stringMatching("secret") },
  ]);
  await expect(client.ask("GET", "/cut")).rejects.toThrow();
  api.close();
});

test("whoever asks for something that counts uses the workspace until the answer is over", async () => {
  const uses: string[] = [];
  const routes: Route[] = [
    { at: "GET /counts", handle: async () => ({ status: 204 }) },
    { at: "GET /idle", isUse: false, handle: async () => ({ status: 204 }) },
  ];
  const onUse = () => {
    uses.push("begins");
    return () => uses.push("ends");
  };
  const api = new HttpApi({ routes, onUse, clock: systemClock, log: silentLogger });
  const client = new ApiClient(api);

  await client.ask("GET", "/idle");
  expect(uses).toEqual([]);
  await client.ask("GET", "/counts");

  expect(uses).toEqual(["begins", "ends"]);
  api.close();
});

test.for<[at: string, path: string, params: Record<string, string> | undefined]>([
  ["GET /a", "/a", {}],
  ["GET /a", "/a/", undefined],
  ["GET /a/{id}", "/a/b", { id: "b" }],
  ["GET /a/{id}", "/a/b%2Fc", { id: "b/c" }],
  ["GET /a/{id}", "/a/", undefined],
  ["GET /a/{id}", "/a/%ff", undefined],
  ["GET /a/{id}/b", "/a/1/c", undefined],
  ["POST /a", "/a", undefined],
])("the route %s is that of %s: %j", ([at, path, params]) => {
  const matched = matchRoute({ at }, "GET", path);

  expect(matched && Object.fromEntries(matched)).toEqual(params);
});
