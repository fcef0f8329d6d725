import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A way to a server that can be cut, as networks are: connections end, and new ones do too, until it is mended. */
export class CuttableProxy implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  #isCut = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async to(url: string): Promise<CuttableProxy> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy has no port");
    const proxy = new CuttableProxy(server, address.port);
    server.on("connection", (client) => proxy.#join(client, connect(Number(port), hostname)));
    return proxy;
  }

  cut(): void {
    this.#isCut = true;
    for (const connection of this.#connections) connection.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(client: Socket, server: Socket): void {
    for (const [end, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#connections.add(end);
      // Told by `close` as well.
      end.on("error", () => undefined);
      end.once("close", () => {
        this.#connections.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
    if (this.#isCut) client.destroy();
  }
}
