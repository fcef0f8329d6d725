import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import type { Logger } from "@hearth/base";
import { createContext, type Context, type SystemActor } from "../access/index.ts";
import { chatLimits, createChats, type ChatTool } from "../chats/index.ts";
import { buildApp } from "../ground/http/index.ts";
import type { MemoryPubSub } from "../ground/pubsub/index.ts";
import { HeldGrants } from "../ground/live/index.ts";
import { createIdentity, deploymentKey } from "../identity/index.ts";
import type { User } from "./people.ts";
import { insertUser } from "./people.ts";
import { ScriptedModels } from "./scripted-models.ts";
import { openGround, World, type Ground, type WorldOptions } from "./world.ts";

const never = new Date(Date.UTC(9999, 0, 1));

async function makeReplica(
  { db, clock, log, pubsub }: Pick<Ground, "db" | "clock" | "log" | "pubsub">,
  tools: readonly ChatTool[],
): Promise<{ readonly replica: ChatReplica; readonly capability: ReturnType<typeof createChats> }> {
  const id = randomUUID();
  const now = new Date(clock.now());
  await db
    .insertInto("replicas")
    .values({ id, hostname: "", address: "", version: "test", started_at: now, renewed_at: now, expires_at: never })
    .execute();
  const models = new ScriptedModels();
  const deps = { db, clock, log, pubsub, models, tools, replica: { id } };
  const capability = createChats(deps);
  const replica: ChatReplica = {
    id,
    pubsub,
    models,
    work(part, told = log) {
      const stop = new AbortController();
      const { loops = [] } = part === undefined ? capability : createChats({ ...deps, part, log: told });
      const working = Promise.all(loops.map((loop) => loop.run(stop.signal)));
      return {
        async [Symbol.asyncDispose]() {
          stop.abort();
          await working;
        },
      };
    },
    async die() {
      await db
        .updateTable("replicas")
        .set({ expires_at: new Date(0) })
        .where("id", "=", id)
        .execute();
    },
  };
  return { replica, capability };
}

/** Somebody with the role that lets one chat in the world's organization. */
async function insertChatter(ground: Ground, username: string): Promise<User> {
  const user = await insertUser(ground, username);
  await ground.db
    .updateTable("organization_members")
    .set({ roles: ["agents-access"] })
    .where("user_id", "=", user.id)
    .execute();
  return { ...user, ctx: chatting(user.ctx, ground.organizationId) };
}

function chatting({ actor, log, signal }: Context, organizationId: string): Context {
  if (actor.kind !== "user") throw new Error("users chat");
  const organizationRoles = new Map([[organizationId, ["organization-member", "agents-access"]]]);
  return createContext({ ...actor, organizationRoles }, log, signal);
}

export interface ChatWorldOptions extends WorldOptions {
  readonly tools?: readonly ChatTool[];
}

/** A replica of chats, which works on them when a test lets it. */
export interface ChatReplica {
  readonly id: string;
  readonly pubsub: MemoryPubSub;
  readonly models: ScriptedModels;
  /** Works until it is stopped, cleanly; with fewer rights where they are given. */
  work(part?: SystemActor, log?: Logger): AsyncDisposable;
  /** Its lease is over, though it may not know. */
  die(): Promise<void>;
}

/** Chats' part of a server, listening: two members who may chat, one who may not. Works on chats when a test lets it. */
export class ChatWorld extends World {
  readonly url: string;
  readonly ada: User;
  readonly bob: User;
  readonly stranger: User;
  readonly limits = chatLimits;
  readonly replica: ChatReplica;
  readonly models: ScriptedModels;
  readonly #tools: readonly ChatTool[];

  private constructor(
    ground: Ground,
    url: string,
    people: Pick<ChatWorld, "ada" | "bob" | "stranger">,
    made: { readonly replica: ChatReplica; readonly tools: readonly ChatTool[] },
  ) {
    super(ground);
    this.replica = made.replica;
    this.models = made.replica.models;
    this.#tools = made.tools;
    this.url = url;
    this.ada = people.ada;
    this.bob = people.bob;
    this.stranger = people.stranger;
  }

  static async create({ tools = [], ...options }: ChatWorldOptions = {}): Promise<ChatWorld> {
    const ground = await openGround(options);
    const { db, clock, log, pubsub } = ground;
    const sealKey = await deploymentKey(db, "seal", clock.now());
    const identity = createIdentity({
      db,
      clock,
      log,
      pubsub,
      sealKey,
      secureCookies: () => false,
      authenticateAgent: () => Promise.reject(new Error("there are no agents here")),
    });
    const held = ground.stack.use(new HeldGrants({ pubsub, clock, log, read: identity.readAccessFacts }));
    const { replica, capability: chats } = await makeReplica(ground, tools);
    const app = ground.stack.use(
      buildApp({
        log,
        clock,
        createContext,
        authenticate: identity.authenticate,
        pubsub,
        held,
        routes: chats.routes ?? [],
        ratePerMinute: 0,
        accessUrl: () => "http://127.0.0.1",
        version: "v2.34.0+hearth.test",
        checkAnswers: true,
        isReady: () => true,
      }),
    );
    const { port } = await app.listen("127.0.0.1", 0);
    const people = {
      ada: await insertChatter(ground, "ada"),
      bob: await insertChatter(ground, "bob"),
      stranger: await insertUser(ground, "stranger"),
    };
    return new ChatWorld(ground, `http://127.0.0.1:${port}`, people, { replica, tools });
  }

  /** Another replica of the same deployment, whose announcements are heard here. */
  async anotherReplica(): Promise<ChatReplica> {
    const { replica } = await makeReplica(this, this.#tools);
    return replica;
  }

  /** Asks below `/api/v2/chats`, or at another prefix. */
  async ask<Body>(
    method: string,
    path: string,
    body?: unknown,
    { by = this.ada, prefix = "/api/v2/chats" }: { by?: User; prefix?: string } = {},
  ): Promise<{ status: number; body: Body }> {
    const response = await fetch(`${this.url}${prefix}${path}`, {
      method,
      headers: {
        "coder-session-token": by.key,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as Body }; // what the test asked for
  }

  /** A chat of Ada's, or of somebody else; its id. */
  async begin(
    text = "hello",
    { by = this.ada, ...more }: { by?: User; [field: string]: unknown } = {},
  ): Promise<string> {
    const request = { organization_id: this.organizationId, content: [{ type: "text", text }], ...more };
    const { status, body } = await this.ask<{ id: string }>("POST", "", request, { by });
    if (status !== 201) throw new Error(`no chat: ${status} ${JSON.stringify(body)}`);
    return body.id;
  }

  socket(path: string, by: User = this.ada): WebSocket {
    return new WebSocket(`${this.url.replace("http", "ws")}/api/v2/chats${path}`, {
      headers: { "coder-session-token": by.key },
      perMessageDeflate: false,
    });
  }

  /** The execution state of a chat, as it is stored. */
  async row(id: string) {
    return await this.db.selectFrom("chats").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  }

  /** Everything that was ever said in a chat, by its texts. */
  async history(id: string) {
    return await this.db.selectFrom("chat_messages").selectAll().where("chat_id", "=", id).orderBy("id").execute();
  }

  /** Puts a chat into a state, as a worker would have. */
  async setState(id: string, set: Record<string, unknown>): Promise<void> {
    await this.db.updateTable("chats").set(set).where("id", "=", id).execute();
  }

  /** A chat that another began. */
  async beginChild(rootId: string): Promise<string> {
    const root = await this.row(rootId);
    const id = randomUUID();
    await this.db
      .insertInto("chats")
      .values({
        id,
        organization_id: root.organization_id,
        owner_id: root.owner_id,
        parent_chat_id: rootId,
        root_chat_id: rootId,
        title: "child",
        status: "running",
        last_model_config_id: root.last_model_config_id,
        created_at: root.created_at,
        updated_at: root.updated_at,
      })
      .execute();
    return id;
  }
}
