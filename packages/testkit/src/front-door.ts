import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** What stands before several servers: one address, whose connections go to the server that it is turned to. */
export class FrontDoor implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #to: { url: string };

  private constructor(server: Server, port: number, to: { url: string }) {
    this.#server = server;
    this.#to = to;
    this.url = `http://127.0.0.1:${port}`;
    server.on("connection", (socket) => this.#pass(socket));
  }

  static async open(): Promise<FrontDoor> {
    const server = createServer({ noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new FrontDoor(server, address.port, { url: "" });
  }

  /** Connections from now on go there; those that are open stay. */
  turnTo(url: string): void {
    this.#to.url = url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #pass(client: Socket): void {
    const { hostname, port } = new URL(this.#to.url);
    const server = connect({ host: hostname, port: Number(port), noDelay: true });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
