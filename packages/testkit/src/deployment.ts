import { silentLogger, systemClock, type Clock, type Logger } from "@hearth/base";
import { TestFolder } from "@hearth/base/test-folder";
import { packFiles, type Engine } from "@hearth/provisioner";
import { endpoints, type Client, type Template, type Workspace, provisionerType } from "@hearth/sdk";
import { readConfig, startServer, type Server, type ServerOptions } from "@hearth/server";
import { logIn } from "./log-in.ts";
import { createTestDatabase, type TestDatabase } from "./database/test-database.ts";
import { simulatedEngine } from "./fleet/simulated-engine.ts";

export interface DeploymentOptions {
  /**
   * `simulated`: agents inside this process; `process`: real ones, as users have them; or one's own, made for the data
   * directory where it needs one. @default "simulated"
   */
  readonly engine?: "simulated" | "process" | Engine | ((dataDir: string) => Engine);
  /** One that has something already; whoever made it disposes it. @default an empty one */
  readonly database?: TestDatabase;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** What the disk of the data directory has free, in bytes. @default the real one's */
  readonly freeDiskBytes?: () => number;
  /** Another list of capabilities than the standard one. */
  readonly capabilities?: ServerOptions["capabilities"];
  /** Environment of the server, beside what the test needs. */
  readonly env?: Readonly<Record<string, string>>;
}

const owner = { email: "admin@example.com", username: "admin", password: "Passw0rd-of-admin" };

/**
 * A whole deployment in this process: server, provisioner and agents on a free port, with a database of its own and an
 * owner who is logged in. Dispose it and everything has ended.
 */
export class Deployment implements AsyncDisposable {
  readonly server: Server;
  readonly database: TestDatabase;
  readonly dataDir: string;
  /** The owner's. */
  readonly client: Client;
  readonly #undo: AsyncDisposableStack;

  private constructor(parts: {
    server: Server;
    database: TestDatabase;
    dataDir: string;
    client: Client;
    undo: AsyncDisposableStack;
  }) {
    this.server = parts.server;
    this.database = parts.database;
    this.dataDir = parts.dataDir;
    this.client = parts.client;
    this.#undo = parts.undo;
  }

  get url(): string {
    return this.server.url;
  }

  static async create(options: DeploymentOptions = {}): Promise<Deployment> {
    await using undo = new AsyncDisposableStack();
    const database = options.database ?? undo.use(await createTestDatabase());
    const dataDir = undo.use(new TestFolder()).path;
    const config = readConfig({
      HEARTH_DATA_DIR: dataDir,
      HEARTH_HTTP_ADDRESS: "127.0.0.1:0",
      HEARTH_PG_CONNECTION_URL: database.connectionString,
      HEARTH_API_RATE_LIMIT: "0",
      HEARTH_ALLOW_UNSANDBOXED: "1",
      HEARTH_FIRST_USER_EMAIL: owner.email,
      HEARTH_FIRST_USER_USERNAME: owner.username,
      HEARTH_FIRST_USER_PASSWORD: owner.password,
      ...options.env,
    });
    const { engine: wanted = "simulated", freeDiskBytes } = options;
    const engine = typeof wanted === "function" ? wanted(dataDir) : wanted;
    const server = await startServer({
      config,
      log: options.log ?? silentLogger,
      clock: options.clock ?? systemClock,
      signal: new AbortController().signal,
      checkAnswers: true,
      ...(options.capabilities === undefined ? {} : { capabilities: options.capabilities }),
      ...(freeDiskBytes === undefined ? {} : { freeDiskBytes: async () => await Promise.resolve(freeDiskBytes()) }),
      ...(engine === "process" ? {} : { engines: [engine === "simulated" ? simulatedEngine() : engine] }),
    });
    undo.use(server);
    const client = await logIn(server.url, owner.email, config.firstUser.password ?? "");
    return new Deployment({ server, database, dataDir, client, undo: undo.move() });
  }

  /** A member with a password, logged in. */
  async createMember(username: string): Promise<Client> {
    const password = `Passw0rd-of-${username}`;
    const email = `${username}@example.com`;
    await this.client.call(endpoints.users.createUser, {
      body: { email, username, password, login_type: "password", user_status: "active" },
    });
    return await logIn(this.url, email, password);
  }

  /** Pushes a manifest as a new template, or as the next version of one, and waits for its import. @throws Error with what the import said */
  async pushTemplate(name: string, manifest: string, files: Readonly<Record<string, string>> = {}): Promise<Template> {
    const encoded = Object.entries({ "hearth.yaml": manifest, ...files }).map(
      ([path, text]) => [path, new TextEncoder().encode(text)] as const,
    );
    const tar = await packFiles(new Map(encoded));
    const { hash } = await this.client.call(endpoints.files.uploadFile, { body: tar });
    const organization = (await this.client.call(endpoints.organizations.listOrganizations, {}))[0]?.id ?? "";
    const existing = (
      await this.client.call(endpoints.templates.listTemplates, { query: { q: `exact_name:${name}` } })
    )[0];
    const version = await this.client.call(endpoints.templateVersions.createTemplateVersion, {
      params: { organization },
      body: {
        storage_method: "file",
        file_id: hash,
        provisioner: provisionerType,
        ...(existing === undefined ? {} : { template_id: existing.id }),
      },
    });
    const job = await this.until(
      `template ${name} is imported`,
      async () =>
        (
          await this.client.call(endpoints.templateVersions.getTemplateVersion, {
            params: { templateversion: version.id },
          })
        ).job,
      ({ status }) => !["pending", "running"].includes(status),
    );
    if (job.status !== "succeeded") throw new Error(`The import of ${name} ${job.status}: ${job.error}`);
    if (existing === undefined) {
      return await this.client.call(endpoints.templates.createTemplate, {
        params: { organization },
        body: { name, template_version_id: version.id },
      });
    }
    await this.client.call(endpoints.templates.promoteTemplateVersion, {
      params: { template: existing.id },
      body: { id: version.id },
    });
    return await this.client.call(endpoints.templates.getTemplate, { params: { template: existing.id } });
  }

  /** A workspace of the template that has settled, and the first of its agents; its owner's whose client is given. */
  async makeWorkspace(
    templateId: string,
    name: string,
    client: Client = this.client,
  ): Promise<{ workspace: Workspace; workspaceId: string; agentId: string }> {
    const { id: workspaceId } = await client.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: templateId, name },
    });
    const workspace = await this.settled(workspaceId, client);
    const [agent] = workspace.latest_build.resources.flatMap(({ agents }) => agents ?? []);
    return { workspace, workspaceId, agentId: agent?.id ?? "" };
  }

  /** The workspace once its latest build has ended and, when it runs, its agents are ready. */
  async settled(id: string, client: Client = this.client): Promise<Workspace> {
    return await this.until(
      `workspace ${id} has settled`,
      () =>
        client.call(endpoints.workspaces.getWorkspace, { params: { workspace: id }, query: { include_deleted: true } }),
      (workspace) => {
        const { status, resources } = workspace.latest_build;
        if (["pending", "starting", "stopping", "deleting", "canceling"].includes(status)) return false;
        const agents = resources.flatMap((resource) => resource.agents ?? []);
        return status !== "running" || agents.every((agent) => agent.lifecycle_state === "ready");
      },
    );
  }

  /** Reads again at every event of any workspace, job, template or chat until `isDone`; the test's own time limit is the end. */
  async until<T>(_what: string, read: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
    const { pubsub } = this.server;
    for (;;) {
      const bell = Promise.withResolvers<void>();
      const ears = { onMessage: () => bell.resolve(), onDropped: () => bell.resolve() };
      using _workspaces = pubsub.subscribe("workspace_owner", "*", ears);
      using _jobs = pubsub.subscribe("job_logs", "*", ears);
      using _templates = pubsub.subscribe("template", "*", ears);
      using _chats = pubsub.subscribe("chat_update", "*", ears);
      const value = await read();
      if (isDone(value)) return value;
      await bell.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}
