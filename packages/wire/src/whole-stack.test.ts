import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { systemClock } from "@hearth/base";
import { describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import {
  acceptDials,
  clientSocketOptions,
  createAgentClient,
  dial,
  serveSession,
  webSocketStream,
  YamuxSession,
} from "./index.ts";

const clock = systemClock;

/** A server and an agent with a real WebSocket between them. */
class Connected implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly agent: YamuxSession;
  readonly server: YamuxSession;
  readonly #listener: WebSocketServer;

  static async create(): Promise<Connected> {
    const listener = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
    await once(listener, "listening");
    const accepted = once(listener, "connection");
    const url = `ws://127.0.0.1:${(listener.address() as AddressInfo).port}`; // it listens on TCP
    const agent = new WebSocket(url, clientSocketOptions(url));
    return new Connected(listener, agent, (await accepted)[0] as WebSocket); // what a "connection" carries
  }

  private constructor(listener: WebSocketServer, agent: WebSocket, socket: WebSocket) {
    this.#listener = listener;
    this.socket = socket;
    this.agent = new YamuxSession(webSocketStream(agent), { role: "client", clock });
    this.server = new YamuxSession(webSocketStream(socket), { role: "server", clock });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.agent.close(), this.server.close()]);
    await new Promise((closed) => this.#listener.close(closed));
  }
}

describe("over a real WebSocket", () => {
  test("calls go up and dials come down, at once", async () => {
    await using connected = await Connected.create();
    const agentService = { getManifest: async () => ({ agentName: "main", claimCount: 2 }) };
    const served = serveSession(connected.server, { agent: agentService }, { clock });
    const accepted = acceptDials(connected.agent, async () => (connection) => void connection.pipe(connection), {
      clock,
    });
    const agent = createAgentClient(connected.agent, { clock });
    const echoes = Array.from({ length: 20 }, async (_, index) => {
      const sent = Buffer.alloc(300_000, index);
      const connection = await dial(connected.server, { port: 1 + index, clock });
      connection.end(sent);
      return (await buffer(connection)).equals(sent);
    });
    const names = Array.from({ length: 100 }, async () => (await agent.getManifest({})).agentName);

    expect(new Set(await Promise.all(names))).toEqual(new Set(["main"]));
    expect(new Set(await Promise.all(echoes))).toEqual(new Set([true]));
    await connected.agent.close();
    await Promise.all([served, accepted]);
  });

  test("a session that is closed ends with code 1000 on both sides", async () => {
    await using connected = await Connected.create();
    const closed = once(connected.socket, "close");

    expect((await connected.agent.close()).kind).toBe("closed");

    expect((await closed)[0]).toBe(1000);
    expect((await connected.server.closed).kind).toBe("closed_by_peer");
  });

  test("a server that goes away with code 1001 is a cut that says so", async () => {
    await using connected = await Connected.create();
    connected.socket.close(1001, "going away");

    expect(await connected.agent.closed).toMatchObject({
      kind: "cut",
      error: { shouldRetry: true, cause: { name: "WebSocketClosed", code: 1001, reason: "going away" } },
    });
  });

  test("a ping takes some time and no more", async () => {
    await using connected = await Connected.create();

    expect(await connected.server.ping()).toBeGreaterThanOrEqual(0);
    expect(await connected.agent.ping()).toBeGreaterThanOrEqual(0);
  });
});
