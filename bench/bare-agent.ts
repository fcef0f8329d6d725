import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import { WebSocketServer, type WebSocket } from "ws";
import { within } from "./within.ts";

const bundle = join(import.meta.dirname, "../packages/agent/dist/agent.mjs");

/** How long the agent itself takes, bare: it is started against a server that does nothing but take its connection. */
export class BareAgent implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #port: number;
  readonly #folder = new TestFolder();

  private constructor(server: Server, sockets: WebSocketServer, port: number) {
    this.#server = server;
    this.#sockets = sockets;
    this.#port = port;
  }

  static async open(): Promise<BareAgent> {
    const server = createServer((_request, response) => response.writeHead(409).end("{}"));
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new BareAgent(server, sockets, address.port);
  }

  /** From the spawn of the agent's bundle until its first call. @returns milliseconds */
  async start(): Promise<number> {
    const startedAt = performance.now();
    const agent = spawn(process.execPath, [bundle], {
      stdio: "ignore",
      cwd: this.#folder.path,
      env: {
        PATH: process.env["PATH"],
        HOME: this.#folder.path,
        CODER_AGENT_URL: `http://127.0.0.1:${this.#port}`,
        CODER_AGENT_TOKEN: randomUUID(),
        HEARTH_WORKSPACE_ID: randomUUID(),
      },
    });
    const [socket] = (await within("a bare agent's connection", once(this.#sockets, "connection"))) as [WebSocket]; // what "connection" carries
    await within("a bare agent's first call", once(socket, "message"));
    const ms = performance.now() - startedAt;
    agent.kill("SIGKILL");
    await once(agent, "exit");
    return ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sockets.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#folder[Symbol.asyncDispose]();
  }
}
