import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { AsyncQueue } from "@hearth/base";
import { z } from "zod";

const AgentEvent = z.object({
  event: z.enum(["started", "stopping", "deaf"]),
  pid: z.int(),
  env: z.record(z.string(), z.string()).default({}),
  cwd: z.string().default(""),
  uid: z.int().default(-1),
  output: z.string().default(""),
});
export type AgentEvent = z.infer<typeof AgentEvent>;

/** For tests: the server that fake agents tell what they do. Events come one by one, in their order. */
export class AgentStub implements AsyncDisposable {
  readonly #server: Server;
  readonly #events = new AsyncQueue<AgentEvent>({ capacity: 1000 });
  readonly #iterator = this.#events[Symbol.asyncIterator]();

  constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        this.#events.push(AgentEvent.parse(JSON.parse(body)));
        response.end();
      });
    });
  }

  /** Listens; gives the address for agents. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("The stub has no address.");
    return `http://127.0.0.1:${address.port}`;
  }

  /** The next event, which must be of this kind. */
  async next(kind: AgentEvent["event"]): Promise<AgentEvent> {
    const { value } = await this.#iterator.next();
    if (!value || value.event !== kind) throw new Error(`Expected "${kind}", got ${JSON.stringify(value?.event)}.`);
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#events.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
