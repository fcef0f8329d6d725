import { silentLogger } from "@hearth/base";
import { expect, test } from "vitest";
import { Lifecycle_State } from "../gen/agent_pb.ts";
import { DrpcError } from "../drpc/errors.ts";
import { SessionPair } from "../testing/session-pair.ts";
import { serveSession } from "./serve-session.ts";
import type { SessionServices } from "./serve-session.ts";
import { createAgentClient, createTailnetClient } from "./session-clients.ts";

/** An agent's session with a server that has these services. Disposing closes it and waits for the server's handlers. */
class Served extends SessionPair {
  readonly agent = createAgentClient(this.client, this);
  readonly tailnet = createTailnetClient(this.client, this);
  readonly #serving: Promise<void>;

  constructor(services: SessionServices, log = silentLogger) {
    super({ pair: { chop: (left) => Math.ceil(left / 3) } });
    this.#serving = serveSession(this.server, services, { clock: this.clock, log });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#serving;
  }
}

test("an agent's call reaches its handler typed, and so does the answer", async () => {
  await using served = new Served({
    agent: {
      async updateLifecycle({ lifecycle }) {
        return { state: lifecycle?.state ?? Lifecycle_State.STATE_UNSPECIFIED };
      },
    },
  });

  const answer = await served.agent.updateLifecycle({ lifecycle: { state: Lifecycle_State.READY } });

  expect(answer.state).toBe(Lifecycle_State.READY);
});

test("a thousand calls at once are answered, each with its own answer", async () => {
  await using served = new Served({
    agent: {
      async getManifest() {
        return {};
      },
      async batchCreateLogs({ logs }) {
        return { logLimitExceeded: logs.length % 2 === 1 };
      },
    },
  });
  const calls = Array.from({ length: 1000 }, async (_, index) => {
    const logs = Array.from({ length: index % 7 }, (__, line) => ({ output: `line ${line}` }));
    return (await served.agent.batchCreateLogs({ logs })).logLimitExceeded === (index % 7) % 2 > 0;
  });

  expect((await Promise.all(calls)).every(Boolean)).toBe(true);
  await expect.poll(() => served.server.streamCount).toBe(0);
});

test("a method without a handler is unimplemented, and the session lives on", async () => {
  await using served = new Served({ agent: { getServiceBanner: async () => ({ message: "hello" }) } });

  await expect(served.agent.pushContextState({})).rejects.toMatchObject({ name: "DrpcError", isUnimplemented: true });

  expect((await served.agent.getServiceBanner({})).message).toBe("hello");
});

test("handlers are methods of their service", async () => {
  const service = {
    banner: "mine",
    async getServiceBanner() {
      return { message: this.banner };
    },
  };
  await using served = new Served({ agent: service });

  expect((await served.agent.getServiceBanner({})).message).toBe("mine");
});

test("a handler's refusal reaches the caller", async () => {
  await using served = new Served({
    agent: { getManifest: () => Promise.reject(new DrpcError("not yet", { code: 9n })) },
  });

  await expect(served.agent.getManifest({})).rejects.toMatchObject({ code: 9n, message: "not yet" });
});

/** A handler that answers only when it is aborted. */
function hangingManifest() {
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const agent: SessionServices["agent"] = {
    async getManifest(_request, { signal }) {
      signal.addEventListener("abort", () => aborted.resolve());
      started.resolve();
      await aborted.promise;
      return {};
    },
  };
  return { agent, started: started.promise, aborted: aborted.promise };
}

test("a caller that gives up aborts its handler", async () => {
  const { agent, started, aborted } = hangingManifest();
  await using served = new Served({ agent });
  const stop = new AbortController();
  const call = served.agent.getManifest({}, { signal: stop.signal });
  await started;
  stop.abort(new Error("enough"));

  await expect(call).rejects.toThrow("enough");
  await aborted;
});

test("a server stream gives one map, then silence until the agent leaves", async () => {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  await using served = new Served({
    tailnet: {
      async *streamDERPMaps(_request, { signal }) {
        yield { regions: { "999": { regionId: 999n } } };
        await new Promise((done) => signal.addEventListener("abort", done, { once: true }));
        resolve();
      },
    },
  });
  const call = served.tailnet.streamDERPMaps({});
  const messages = call.messages[Symbol.asyncIterator]();
  const first = await messages.next();
  expect(first.value).toMatchObject({ regions: { "999": { regionId: 999n } } });

  call.close();

  expect((await messages.next()).done).toBe(true);
  await left;
});

test("a call in both directions goes on until one side ends it", async () => {
  await using served = new Served({
    tailnet: {
      async *coordinate(requests) {
        for await (const { disconnect, addTunnel } of requests) {
          if (disconnect) return;
          yield { peerUpdates: [{ id: addTunnel?.id ?? new Uint8Array() }] };
        }
      },
    },
  });
  const call = served.tailnet.coordinate();
  await call.send({ addTunnel: { id: Buffer.from("a") } });
  await call.send({ addTunnel: { id: Buffer.from("b") } });
  await call.send({ disconnect: {} });
  const seen: string[] = [];
  for await (const { peerUpdates } of call.messages)
    seen.push(...peerUpdates.map(({ id }) => Buffer.from(id).toString()));

  expect(seen).toEqual(["a", "b"]);
});

test("a session that ends fails its calls and aborts their handlers", async () => {
  const { agent, started, aborted } = hangingManifest();
  await using served = new Served({ agent });
  const call = served.agent.getManifest({});
  await started;
  served.server.destroy();

  await expect(call).rejects.toMatchObject({ name: "SessionEnded", shouldRetry: true });
  await aborted;
  await expect(served.agent.getManifest({})).rejects.toMatchObject({ name: "SessionEnded" });
});

test("calls that were still waiting to be taken when the session ended hold up nobody", async () => {
  await using pair = new SessionPair();
  const calls = [createAgentClient(pair.client, pair), createAgentClient(pair.client, pair)].map((agent) =>
    agent.getManifest({}),
  );
  const failed = Promise.allSettled(calls);
  await expect.poll(() => pair.server.streamCount).toBe(2);

  // Nobody has looked at the two streams yet, and both are gone before anybody does.
  pair.server.destroy();
  await pair.server.closed;

  await serveSession(pair.server, { agent: { getManifest: () => Promise.resolve({}) } }, { clock: pair.clock });
  expect((await failed).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
