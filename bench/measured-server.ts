import { join } from "node:path";
import { endpoints, type Client } from "@hearth/sdk";
import { RealServer } from "@hearth/testkit";
import { within } from "./within.ts";

/** `npm start`'s program with nothing else to do: as users run it, with real agents. */
export class MeasuredServer implements AsyncDisposable {
  readonly server: RealServer;
  readonly client: Client;

  private constructor(server: RealServer, client: Client) {
    this.server = server;
    this.client = client;
  }

  static async start(env: Readonly<Record<string, string>>): Promise<MeasuredServer> {
    await using undo = new AsyncDisposableStack();
    const server = undo.use(await RealServer.prepare());
    await within("the server to start", server.start(env), 120_000);
    const client = await server.logIn();
    await endStarter(client);
    undo.move();
    return new MeasuredServer(server, client);
  }

  /** Of its PostgreSQL. */
  get connectionString(): string {
    return socketOf(this.server.dataDir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

/** Of the PostgreSQL that a server keeps in its data directory. */
export function socketOf(dataDir: string): string {
  return `postgresql://hearth@localhost/hearth?host=${encodeURIComponent(join(dataDir, "postgres-socket"))}`;
}

/** The starter's pool would work beside what is measured. */
export async function endStarter(client: Client): Promise<void> {
  const [starter] = await client.call(endpoints.templates.listTemplates, { query: { q: "exact_name:starter" } });
  if (starter === undefined) return;
  await client.call(endpoints.templates.updateTemplate, {
    params: { template: starter.id },
    body: { deprecation_message: "not during the bench" },
  });
}
