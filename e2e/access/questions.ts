import { randomUUID } from "node:crypto";
import type { Actor } from "./table.ts";
import { archive, freshName, type AccessWorld } from "./world.ts";

/** How an operation is asked, beside its path. */
export interface Question {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; bytes as a tar. */
  readonly body?: unknown;
  /** In the place of the world's own. */
  readonly names?: Readonly<Record<string, string>>;
  /** In the place of the actor's own. */
  readonly token?: string | undefined;
}

type Ask = (world: AccessWorld, actor: Actor) => Question | Promise<Question>;

const password = "An0ther-Passw0rd";

const said = { content: [{ type: "text", text: "asked" }] };

function atBothPrefixes(asks: Readonly<Record<string, Ask>>): Record<string, Ask> {
  const prefixes = ["/api/v2", "/api/experimental"];
  return Object.fromEntries(
    Object.entries(asks).flatMap(([name, ask]) => prefixes.map((prefix) => [name.replace(" ", ` ${prefix}`), ask])),
  );
}

/**
 * What the operations want that are not asked with their path alone.
 *
 * The server looks at who asks (401), then at the ids of the path (400, 404), then at body and fields (400), and at the
 * rights last: a body that is refused would hide the verdict. So every question is one that the server carries out, and
 * what it uses up is made for it alone.
 */
export const questions: Readonly<Record<string, Ask>> = {
  "POST /api/v2/users/first": () => ({ body: { email: "first@example.com", username: "first", password } }),
  "POST /api/v2/users/login": ({ holder }) => ({
    body: { email: `${holder.username}@example.com`, password: holder.password },
  }),
  "POST /api/v2/users/validate-password": () => ({ body: { password } }),

  "POST /api/v2/authcheck": () => ({ body: { checks: {} } }),
  "POST /api/v2/users/logout": asWhoeverWasJustMade,

  "POST /api/v2/outbox/requeue": () => ({ body: { ids: [randomUUID()] } }),
  "POST /api/v2/outbox/drop": () => ({ body: { ids: [randomUUID()] } }),
  "PUT /api/v2/prebuilds/settings": () => ({ body: { reconciliation_paused: false } }),

  "POST /api/v2/organizations/{organization}/members/{user}": async (world, actor) => {
    if (actor !== "owner" && actor !== "admin") return {};
    return { names: { user: (await world.newOutsider()).id } };
  },
  // What the holder has: it chats in what comes later.
  "PUT /api/v2/organizations/{organization}/members/{user}/roles": () => ({ body: { roles: ["agents-access"] } }),
  "DELETE /api/v2/organizations/{organization}/members/{user}": ofSomebodyJustMade,

  "POST /api/v2/organizations/{organization}/groups": () => ({ body: { name: freshName() } }),
  "PATCH /api/v2/groups/{group}": ({ other }) => ({ body: { display_name: "asked", add_users: [other.id] } }),
  "DELETE /api/v2/groups/{group}": async (world) => ({ names: { group: await world.newGroupId() } }),

  "POST /api/v2/organizations/{organization}/templates": async (world, actor) => ({
    body: {
      name: freshName(),
      template_version_id: ["owner", "admin"].includes(actor) ? await world.newVersionId() : randomUUID(),
    },
  }),
  "PATCH /api/v2/templates/{template}": () => ({ body: { description: "asked" } }),
  "DELETE /api/v2/templates/{template}": async (world) => ({ names: { template: await world.newTemplateId() } }),
  "PATCH /api/v2/templates/{template}/acl": ({ names }) => ({
    body: { group_perms: { [names["group"] ?? ""]: "use" } },
  }),
  "PATCH /api/v2/templates/{template}/versions": ({ names }) => ({ body: { id: names["templateversion"] } }),
  "POST /api/v2/templates/{template}/versions/archive": () => ({ body: { all: false } }),

  "POST /api/v2/organizations/{organization}/templateversions": ({ names }) => ({
    body: { storage_method: "file", file_id: names["fileID"], provisioner: "terraform" },
  }),
  "PATCH /api/v2/templateversions/{templateversion}": () => ({ body: { message: "asked" } }),
  // The table has the one before the other.
  "POST /api/v2/templateversions/{templateversion}/archive": ofTheIdleVersion,
  "POST /api/v2/templateversions/{templateversion}/unarchive": ofTheIdleVersion,

  "POST /api/v2/files": async () => ({ body: await archive() }),

  "POST /api/v2/users": () => {
    const username = freshName();
    return { body: { username, email: `${username}@example.com`, password } };
  },
  "DELETE /api/v2/users/{user}": ofSomebodyJustMade,
  "PUT /api/v2/users/{user}/appearance": () => ({ body: { theme_preference: "", terminal_font: "" } }),
  "GET /api/v2/users/{user}/autofill-parameters": ({ names }) => ({ query: { template_id: names["template"] ?? "" } }),
  "PUT /api/v2/users/{user}/password": ofSomebodyJustMade,
  "PUT /api/v2/users/{user}/preferences": () => ({ body: {} }),
  "PUT /api/v2/users/{user}/profile": ofSomebodyJustMade,
  "PUT /api/v2/users/{user}/roles": ofSomebodyJustMade,
  "PUT /api/v2/users/{user}/status/activate": ofSomebodyJustMade,
  "PUT /api/v2/users/{user}/status/suspend": ofSomebodyJustMade,

  "DELETE /api/v2/users/{user}/keys/{keyid}": ofAKeyJustMade,
  "PUT /api/v2/users/{user}/keys/{keyid}/expire": ofAKeyJustMade,
  "POST /api/v2/users/{user}/keys/tokens": () => ({ body: {} }),

  "POST /api/v2/users/{user}/secrets": () => ({ body: { name: freshName(), value: "asked" } }),
  "PATCH /api/v2/users/{user}/secrets/{name}": () => ({ body: { description: "asked" } }),
  "DELETE /api/v2/users/{user}/secrets/{name}": async (world) => ({ names: { name: await world.newSecretName() } }),

  "PUT /api/v2/users/{user}/ai-provider-keys/{aiProvider}": () => ({ body: { api_key: "asked" } }),
  "DELETE /api/v2/users/{user}/ai-provider-keys/{aiProvider}": async (world) => {
    await world.keepProviderKey();
    return {};
  },

  "POST /api/v2/ai/providers": () => ({ body: { type: "openai", name: freshName(), base_url: "http://127.0.0.1:1" } }),
  "PATCH /api/v2/ai/providers/{idOrName}": () => ({ body: { display_name: "asked" } }),
  "DELETE /api/v2/ai/providers/{idOrName}": async (world) => ({ names: { idOrName: await world.newProviderId() } }),
  "POST /api/v2/organizations/{organization}/chats/models": aNewModel,
  "PATCH /api/v2/organizations/{organization}/chats/models/{model}": () => ({ body: { display_name: "asked" } }),
  "DELETE /api/v2/organizations/{organization}/chats/models/{model}": ofAModelJustMade,
  "PATCH /api/v2/organizations/{organization}/chats/models/{model}/acl": ({ other }) => ({
    body: { user_roles: { [other.id]: "read" } },
  }),
  "PUT /api/v2/organizations/{organization}/chats/model-overrides/{context}": () => ({ body: {} }),
  "PUT /api/v2/organizations/{organization}/members/{user}/chats/model-overrides/{context}": () => ({
    body: { mode: "chat_default" },
  }),
  "POST /api/experimental/chats/model-configs": aNewModel,
  "PATCH /api/experimental/chats/model-configs/{model}": () => ({ body: { display_name: "asked" } }),
  "DELETE /api/experimental/chats/model-configs/{model}": ofAModelJustMade,

  "POST /api/v2/run": ({ names }) => ({ body: { workspace: { template_id: names["template"] } } }),
  "POST /api/v2/users/{user}/workspaces": aNewWorkspace,
  "POST /api/v2/organizations/{organization}/members/{user}/workspaces": aNewWorkspace,
  "PATCH /api/v2/workspaces/{workspace}": () => ({ body: { name: freshName() } }),
  "PATCH /api/v2/workspaces/{workspace}/acl": ({ admin }) => ({ body: { user_roles: { [admin.id]: "use" } } }),
  "PUT /api/v2/workspaces/{workspace}/autostart": () => ({ body: {} }),
  "PUT /api/v2/workspaces/{workspace}/autoupdates": () => ({ body: { automatic_updates: "never" } }),
  "POST /api/v2/workspaces/{workspace}/builds": async (world) => ({
    names: { workspace: await world.newWorkspaceId() },
    body: { transition: "stop" },
  }),
  "PUT /api/v2/workspaces/{workspace}/dormant": () => ({ body: { dormant: false } }),
  "PUT /api/v2/workspaces/{workspace}/extend": () => ({
    body: { deadline: new Date(Date.now() + 2 * 60 * 60_000).toISOString() },
  }),
  "PUT /api/v2/workspaces/{workspace}/ttl": () => ({ body: { ttl_ms: null } }),

  "PUT /api/v2/workspacebuilds/{workspacebuild}/state": () => ({ body: { state: "" } }),

  "GET /api/v2/workspaceagents/{workspaceagent}/dial": () => ({ query: { port: "1" } }),
  "POST /api/v2/workspaceagents/{workspaceagent}/exec": () => ({ body: { argv: ["true"] } }),
  "POST /api/v2/workspaceagents/{workspaceagent}/files/directories": () => ({ body: { path: "/tmp/asked" } }),
  "POST /api/v2/workspaceagents/{workspaceagent}/files/edit": () => ({
    body: { path: "/tmp/asked", edits: [{ search: "a", replace: "b" }] },
  }),
  "POST /api/v2/workspaceagents/{workspaceagent}/files/move": () => ({
    body: { from: "/tmp/asked", to: "/tmp/moved" },
  }),
  "POST /api/v2/workspaceagents/{workspaceagent}/processes": () => ({ body: { argv: ["true"] } }),
  "POST /api/v2/workspaceagents/{workspaceagent}/processes/{process}/signal": () => ({ body: { signal: "SIGTERM" } }),
  "DELETE /api/v2/workspaceagents/{workspaceagent}/files": ofAFile,
  "GET /api/v2/workspaceagents/{workspaceagent}/files/content": ofAFile,
  "PUT /api/v2/workspaceagents/{workspaceagent}/files/content": ofAFile,
  "GET /api/v2/workspaceagents/{workspaceagent}/files/list": ofAFile,
  "GET /api/v2/workspaceagents/{workspaceagent}/files/stat": ofAFile,
  "GET /api/v2/workspaceagents/{workspaceagent}/files/tar": ofAFile,
  "PUT /api/v2/workspaceagents/{workspaceagent}/files/tar": ofAFile,
  "GET /api/v2/workspaceagents/{workspaceagent}/files/watch": ofAFile,
  "GET /api/v2/workspaceagents/{workspaceagent}/pty": () => ({ query: { reconnect: randomUUID() } }),

  "POST /api/v2/workspaceagents/me/log-source": () => ({ body: { id: randomUUID(), display_name: "asked", icon: "" } }),
  "PATCH /api/v2/workspaceagents/me/logs": () => ({
    body: {
      log_source_id: randomUUID(),
      logs: [{ created_at: new Date().toISOString(), level: "info", output: "asked" }],
    },
  }),

  ...atBothPrefixes({
    "POST /chats": ({ names }) => ({ body: { organization_id: names["organization"], ...said } }),
    "PATCH /chats/{chat}": () => ({ body: { title: "asked" } }),
    "PATCH /chats/{chat}/acl": ({ admin }) => ({ body: { user_roles: { [admin.id]: "read" } } }),
    "POST /chats/{chat}/interrupt": async (world) => ({ names: await world.newChat() }),
    "POST /chats/{chat}/messages": async (world) => ({ names: await world.newChat(), body: said }),
    "PATCH /chats/{chat}/messages/{message}": async (world) => ({ names: await world.newChat(), body: said }),
    "DELETE /chats/{chat}/queue/{message}": async (world) => ({ names: await world.newChat("queued") }),
    "POST /chats/{chat}/queue/{message}/promote": async (world) => ({ names: await world.newChat("queued") }),
    "POST /chats/{chat}/tool-results": () => ({ body: { results: [{ tool_call_id: "1", output: 1 }] } }),
  }),
};

/** Of a user of its own, who is the holder then. The bodies of all such operations in one: unknown fields are ignored. */
async function ofSomebodyJustMade(world: AccessWorld, actor: Actor): Promise<Question> {
  const member = await world.newMember();
  return {
    names: { user: member.id },
    body: { username: member.username, roles: [], old_password: member.password, password },
    ...(actor === "holder" ? { token: member.client.token } : {}),
  };
}

/** With a session of its own: it ends with the question. */
async function asWhoeverWasJustMade(world: AccessWorld, actor: Actor): Promise<Question> {
  if (actor === "agent" || actor === "nobody") return {};
  return { token: (await world.newMember()).client.token };
}

async function ofAKeyJustMade(world: AccessWorld): Promise<Question> {
  return { names: { keyid: await world.newKeyId() } };
}

function ofTheIdleVersion({ idleVersionIds }: AccessWorld, actor: Actor): Question {
  return { names: { templateversion: actor === "admin" ? idleVersionIds.admin : idleVersionIds.owner } };
}

function aNewWorkspace({ names }: AccessWorld): Question {
  return { body: { template_id: names["template"], name: freshName() } };
}

function ofAFile(): Question {
  return { query: { path: "/tmp/asked" } };
}

function aNewModel({ names }: AccessWorld): Question {
  return { body: { ai_provider_id: names["aiProvider"], model: freshName(), context_limit: 1000 } };
}

async function ofAModelJustMade(world: AccessWorld): Promise<Question> {
  return { names: { model: await world.newModelId() } };
}
