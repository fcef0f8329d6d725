import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import { packFiles } from "@hearth/provisioner";
import pg from "pg";
import { endpoints, type Client } from "@hearth/sdk";
import { Deployment, simulatedEngine } from "@hearth/testkit";
import type { Actor } from "./table.ts";

const manifest = `
workspace: { engine: process }
agents: [{ name: main }]
`;
/** So that a running build has a deadline that can be moved. */
const ttlMs = 60 * 60_000;
/** The agent's own HTTP API. */
const agentApiPort = 4;

/** A plain member, and what proves it. */
export interface Member {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly client: Client;
}

/**
 * One of everything that a path can name, so that a 404 means "not for you": of what belongs to somebody, the holder's.
 * What a question uses up is made for it alone.
 */
export class AccessWorld implements AsyncDisposable {
  readonly deployment: Deployment;
  readonly admin: Member;
  readonly holder: Member;
  readonly other: Member;
  /** What stands for each parameter of a path. */
  readonly names: Readonly<Record<string, string>>;
  /** Versions that are neither active nor used: one for each who may archive it. */
  readonly idleVersionIds: { readonly owner: string; readonly admin: string };
  readonly #agentToken: string;

  private constructor(parts: {
    deployment: Deployment;
    admin: Member;
    holder: Member;
    other: Member;
    names: Readonly<Record<string, string>>;
    idleVersionIds: { readonly owner: string; readonly admin: string };
    agentToken: string;
  }) {
    this.deployment = parts.deployment;
    this.admin = parts.admin;
    this.holder = parts.holder;
    this.other = parts.other;
    this.names = parts.names;
    this.idleVersionIds = parts.idleVersionIds;
    this.#agentToken = parts.agentToken;
  }

  static async create(): Promise<AccessWorld> {
    await using undo = new AsyncDisposableStack();
    const engine = simulatedEngine({ onDial: answerAsAgent });
    const deployment = undo.use(await Deployment.create({ engine }));
    const { client } = deployment;
    const first = await deployment.pushTemplate("plain", manifest);
    const second = await deployment.pushTemplate("plain", manifest, { "README.md": "between\n" });
    const template = await deployment.pushTemplate("plain", manifest, { "README.md": "the second version\n" });
    await client.call(endpoints.templates.updateTemplate, {
      params: { template: template.id },
      body: { allow_user_cancel_workspace_jobs: true },
    });
    const version = await client.call(endpoints.templateVersions.getTemplateVersion, {
      params: { templateversion: template.active_version_id },
    });
    const admin = await newMember(deployment, "orgadmin");
    await client.call(endpoints.organizations.updateMemberRoles, {
      params: { organization: "default", user: admin.id },
      body: { roles: ["organization-admin"] },
    });
    const holder = await newMember(deployment, "holder");
    await client.call(endpoints.organizations.updateMemberRoles, {
      params: { organization: "default", user: holder.id },
      body: { roles: ["agents-access"] },
    });
    const other = await newMember(deployment, "other");
    const made = await holder.client.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: template.id, name: "private", ttl_ms: ttlMs },
    });
    const workspace = await deployment.settled(made.id);
    const file = await holder.client.call(endpoints.files.uploadFile, { body: await archive() });
    const token = await holder.client.call(endpoints.tokens.createToken, {
      params: { user: "me" },
      body: { token_name: "ci" },
    });
    const agents = workspace.latest_build.resources.flatMap((resource) => resource.agents ?? []);
    const group = await client.call(endpoints.groups.createGroup, {
      params: { organization: "default" },
      body: { name: "developers" },
    });
    const provider = await newProvider(client);
    const names = {
      idOrName: provider,
      aiProvider: provider,
      context: "general",
      model: await newModel(client, provider),
      group: group.id,
      groupName: group.name,
      organization: workspace.organization_id,
      organizationname: workspace.organization_name,
      user: holder.id,
      keyid: token.key.slice(0, token.key.indexOf("-")),
      keyname: "ci",
      name: await newSecret(holder.client),
      fileID: file.hash,
      template: template.id,
      templatename: template.name,
      templateversion: version.id,
      templateversionname: version.name,
      job: version.job.id,
      workspace: workspace.id,
      workspacename: workspace.name,
      workspacebuild: workspace.latest_build.id,
      buildnumber: String(workspace.latest_build.build_number),
      workspaceagent: agents[0]?.id ?? "",
      process: randomUUID(),
      ...(await newChat(deployment, { ownerId: holder.id, organizationId: workspace.organization_id })),
    };
    const agentToken = engine.agents.get(workspace.id)?.[0]?.token ?? "";
    undo.move();
    return new AccessWorld({
      deployment,
      admin,
      holder,
      other,
      names,
      idleVersionIds: { owner: first.active_version_id, admin: second.active_version_id },
      agentToken,
    });
  }

  tokenOf(actor: Actor): string | undefined {
    switch (actor) {
      case "owner":
        return this.deployment.client.token;
      case "admin":
        return this.admin.client.token;
      case "holder":
        return this.holder.client.token;
      case "other":
        return this.other.client.token;
      case "agent":
        return this.#agentToken;
      case "nobody":
        return undefined;
    }
  }

  async newChat(which: "first" | "queued" = "first") {
    const organizationId = this.names["organization"] ?? "";
    return await newChat(this.deployment, { ownerId: this.holder.id, organizationId }, which);
  }

  async newMember(): Promise<Member> {
    return await newMember(this.deployment, freshName());
  }

  async newGroupId(): Promise<string> {
    const group = await this.deployment.client.call(endpoints.groups.createGroup, {
      params: { organization: "default" },
      body: { name: freshName() },
    });
    return group.id;
  }

  /** A user who was taken out of the organization. */
  async newOutsider(): Promise<Member> {
    const member = await this.newMember();
    const params = { organization: "default", user: member.id };
    await this.deployment.client.call(endpoints.organizations.removeMember, { params });
    return member;
  }

  /** The id of a key of the holder's. */
  async newKeyId(): Promise<string> {
    const { key } = await this.holder.client.call(endpoints.tokens.createToken, { params: { user: "me" }, body: {} });
    return key.slice(0, key.indexOf("-"));
  }

  /** Of a secret of the holder's. */
  async newSecretName(): Promise<string> {
    return await newSecret(this.holder.client);
  }

  /** The id of a provider of models. */
  async newProviderId(): Promise<string> {
    return await newProvider(this.deployment.client);
  }

  /** The id of a model for chats. */
  async newModelId(): Promise<string> {
    return await newModel(this.deployment.client, this.names["aiProvider"] ?? "");
  }

  /** Has the holder have a key of the provider. */
  async keepProviderKey(): Promise<void> {
    await this.holder.client.call(endpoints.ai.putUserAiProviderKey, {
      params: { user: "me", aiProvider: this.names["aiProvider"] ?? "" },
      body: { api_key: "key-of-the-holder" },
    });
  }

  /** The id of a running workspace of the holder's. */
  async newWorkspaceId(): Promise<string> {
    const workspace = await this.holder.client.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: this.names["template"], name: freshName() },
    });
    return (await this.deployment.settled(workspace.id)).id;
  }

  /** The id of a template that no workspace uses. */
  async newTemplateId(): Promise<string> {
    return (await this.deployment.pushTemplate(freshName(), manifest)).id;
  }

  /** The id of a version that no template has, once it is imported. */
  async newVersionId(): Promise<string> {
    const { client } = this.deployment;
    const file = await client.call(endpoints.files.uploadFile, { body: await archive() });
    const version = await client.call(endpoints.templateVersions.createTemplateVersion, {
      params: { organization: "default" },
      body: { storage_method: "file", file_id: file.hash, provisioner: "terraform" },
    });
    const params = { templateversion: version.id };
    await this.deployment.until(
      "the version is imported",
      () => client.call(endpoints.templateVersions.getTemplateVersion, { params }),
      ({ job }) => job.status === "succeeded",
    );
    return version.id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.deployment[Symbol.asyncDispose]();
  }
}

/** A chat of somebody's that failed, with its first message or one that waits: nobody works on it while it is asked about. */
async function newChat(
  { database }: Deployment,
  { ownerId, organizationId }: { ownerId: string; organizationId: string },
  which: "first" | "queued" = "first",
): Promise<{ chat: string; message: string }> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    const chat = randomUUID();
    await client.query(
      `insert into chats (id, organization_id, owner_id, title, status, last_model_config_id, created_at, updated_at)
       values ($1, $2, $3, 'chat', 'error', $4, now(), now())`,
      [chat, organizationId, ownerId, randomUUID()],
    );
    const { rows } = await client.query<{ first: string; queued: string }>(
      `with first as (
         insert into chat_messages (chat_id, role, content, created_by, revision, created_at)
         values ($1, 'user', '[{"type":"text","text":"hello"}]', $2, 1, now()) returning id
       ), queued as (
         insert into chat_queued_messages (chat_id, content, created_by, position, created_at)
         values ($1, '[{"type":"text","text":"later"}]', $2, 1, now()) returning id
       ) select first.id::text as first, queued.id::text as queued from first, queued`,
      [chat, ownerId],
    );
    return { chat, message: rows[0]?.[which] ?? "" };
  } finally {
    await client.end();
  }
}

/** Keeps the rules of every kind of name. */
export function freshName(): string {
  return `x${randomUUID().slice(0, 8)}`;
}

/** A template as it is uploaded. */
export async function archive(): Promise<Uint8Array> {
  return await packFiles(new Map([["hearth.yaml", new TextEncoder().encode(manifest)]]));
}

/** Makes a secret of whoever asks; its name. */
async function newSecret(client: Client): Promise<string> {
  const name = freshName();
  await client.call(endpoints.secrets.createUserSecret, { params: { user: "me" }, body: { name, value: "s" } });
  return name;
}

/** Makes a provider that takes keys of users; its id. */
async function newProvider(client: Client): Promise<string> {
  const { id } = await client.call(endpoints.ai.createAiProvider, {
    body: { type: "openai", name: freshName(), base_url: "http://127.0.0.1:1", allow_user_api_key: true },
  });
  return id;
}

/** Makes a model of the default organization; its id. */
async function newModel(client: Client, providerId: string): Promise<string> {
  const { id } = await client.call(endpoints.ai.createOrganizationChatModel, {
    params: { organization: "default" },
    body: { ai_provider_id: providerId, model: freshName(), context_limit: 1000 },
  });
  return id;
}

async function newMember(deployment: Deployment, username: string): Promise<Member> {
  const client = await deployment.createMember(username);
  const { id } = await client.call(endpoints.users.getUser, { params: { user: "me" } });
  return { id, username, password: `Passw0rd-of-${username}`, client };
}

const http = createServer((_request, response) => response.end(JSON.stringify({ ports: [] })));

/** The part of an agent that listens: its HTTP API, and an echo on every other port. */
function answerAsAgent(port: number, connection: Duplex): void {
  if (port === agentApiPort) http.emit("connection", connection);
  else connection.pipe(connection);
}
