import { upgradeStatus } from "@hearth/testkit";
import { questions, type Question } from "./questions.ts";
import type { Actor } from "./table.ts";
import type { AccessWorld } from "./world.ts";

export interface Operation {
  readonly method: string;
  readonly path: string;
  /** Asks for no log-in. */
  readonly isOpen: boolean;
  readonly isWebSocket: boolean;
}

/** Asks the operations of a world's server, and tells what each got. */
export class Asking {
  readonly world: AccessWorld;
  /** Of the server's own description: a route that comes later is among them. */
  readonly operations: ReadonlyMap<string, Operation>;

  private constructor(world: AccessWorld, operations: ReadonlyMap<string, Operation>) {
    this.world = world;
    this.operations = operations;
  }

  static async of(world: AccessWorld): Promise<Asking> {
    return new Asking(world, await readOperations(world));
  }

  /** The status that a question got; what follows it is not read. */
  async ask({ method, path }: Operation, token: string | undefined, question: Question = {}): Promise<number> {
    const { body } = question;
    const headers = headersOf(token);
    if (body !== undefined)
      headers["Content-Type"] = body instanceof Uint8Array ? "application/x-tar" : "application/json";
    const answer = await fetch(this.urlOf(path, question), {
      method,
      headers,
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
    });
    await answer.body?.cancel();
    return answer.status;
  }

  /** The status that an upgrade got: 101 when the socket opened. */
  async upgrade(
    { path }: Operation,
    options: { headers: Record<string, string>; origin?: string },
    question: Question = {},
  ): Promise<number> {
    return await upgradeStatus(this.urlOf(path, question), options);
  }

  /** What the actor gets, with a token of its own or the one that is given. */
  async verdictFor(name: string, actor: Actor, givenToken?: string): Promise<string> {
    const operation = this.operations.get(name);
    if (operation === undefined) throw new Error(`the server has no operation ${name}`);
    const question = (await questions[name]?.(this.world, actor)) ?? {};
    const token = givenToken ?? question.token ?? this.world.tokenOf(actor);
    const verdict = verdictOf(await this.ask(operation, token, question));
    if (!operation.isWebSocket) return verdict;
    const upgraded = verdictOf(await this.upgrade(operation, { headers: headersOf(token) }, question));
    return upgraded === verdict ? verdict : `${verdict} plainly, ${upgraded} upgraded`;
  }

  /** The address of a path, its names filled in. */
  urlOf(path: string, { names = {}, query = {} }: Question = {}): URL {
    const known = { ...this.world.names, ...names };
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = known[name];
      if (value === undefined || value === "") throw new Error(`nothing stands for {${name}}: add it to the world`);
      return value;
    });
    const url = new URL(filled, this.world.deployment.url);
    url.search = new URLSearchParams(query).toString();
    return url;
  }
}

async function readOperations(world: AccessWorld): Promise<Map<string, Operation>> {
  const document = (await (await fetch(new URL("/api/docs/openapi.json", world.deployment.url))).json()) as {
    paths: Record<string, Record<string, { security: object[]; "x-websocket"?: true }>>;
  };
  return new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]) => [
        `${method.toUpperCase()} ${path}`,
        {
          method: method.toUpperCase(),
          path,
          isOpen: described.security.length === 0,
          isWebSocket: described["x-websocket"] === true,
        },
      ]),
    ),
  );
}

/** What carries a token. */
function headersOf(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { "Coder-Session-Token": token };
}

/** `yes` for an answer, a stream or an upgrade (asked plainly, "do upgrade"); else the status of the refusal. */
function verdictOf(status: number): string {
  return (status >= 200 && status < 300) || [101, 304, 426].includes(status) ? "yes" : String(status);
}
