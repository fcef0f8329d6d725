import { sql } from "kysely";
import { expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { Deployment, simulatedEngine } from "@hearth/testkit";
import { ModelServer } from "@hearth/testkit/model-server";
import { Database, jsonColumns } from "./index.ts";

const manifest = `
name: local
parameters:
  - { name: place, type: string, default: eu, options: [{ name: EU, value: eu, description: Near, icon: /eu.svg }] }
variables: [{ name: token, type: string, default: t, sensitive: true }]
presets:
  - { name: warm, parameters: { place: eu }, prebuilds: { instances: 1 } }
workspace: { engine: process, volumes: [{ name: home, path: /home/dev }], env: { PLACE: "\${param.place}" } }
agents: [{ name: main, env: { EDITOR: vi } }]
`;

/** What is carried out is gone. */
const passing = new Set(["outbox.payload"]);

/** A deployment in which every kind of document was written by the code that writes it. */
async function useAll(deployment: Deployment): Promise<void> {
  const { client } = deployment;
  await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: true } });
  await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: false } });
  const me = { user: "me" };
  await client.call(endpoints.users.updateUserAppearance, {
    params: me,
    body: { theme_preference: "dark", terminal_font: "fira-code" },
  });
  await client.call(endpoints.users.updateUserPreferences, {
    params: me,
    body: { task_notification_alert_dismissed: true },
  });
  const template = await deployment.pushTemplate("local", manifest);
  await deployment.until(
    "the pool is full",
    () => client.call(endpoints.hearth.listPools, { params: { template: template.id } }),
    ([pool]) => pool?.ready === 1,
  );
  const { id: reader } = await (await deployment.createMember("reader")).call(endpoints.users.getUser, { params: me });
  await client.call(endpoints.sharing.updateTemplateAcl, {
    params: { template: template.id },
    body: { user_perms: { [reader]: "use" } }, // the group of everyone has been there since it was made
  });
  // The first is claimed; of the second its job says why it was not.
  for (const name of ["one", "two"]) {
    const { id } = await client.call(endpoints.workspaces.createWorkspace, {
      params: me,
      body: { template_id: template.id, name },
    });
    if (name === "two") continue;
    await client.call(endpoints.sharing.updateWorkspaceAcl, {
      params: { workspace: id },
      body: { user_roles: { [reader]: "use" }, group_roles: { [template.organization_id]: "use" } },
    });
    await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: true } });
    await deployment.settled(id);
    await client.call(endpoints.builds.createBuild, {
      params: { workspace: id },
      body: { transition: "stop", log_level: "debug" },
    });
    await deployment.settled(id);
  }
}

/** Chats with a model that refuses what it is asked first, and is busy after that. */
async function useChats(deployment: Deployment, model: ModelServer): Promise<void> {
  const { client } = deployment;
  const { id, organization_ids: ids } = await client.call(endpoints.users.getUser, { params: { user: "me" } });
  const organization = ids[0] ?? "";
  const provider = await client.call(endpoints.ai.createAiProvider, {
    body: { type: "openai-compat", name: "scripted", base_url: model.baseUrl, api_keys: ["key"] },
  });
  const { id: modelId } = await client.call(endpoints.ai.createOrganizationChatModel, {
    params: { organization },
    body: { ai_provider_id: provider.id, model: "m", context_limit: 1_000, model_config: { temperature: 1 } },
  });
  const roles = { user_roles: { [id]: "read" as const }, group_roles: { [organization]: "read" as const } };
  await client.call(endpoints.ai.updateChatModelAcl, { params: { organization, model: modelId }, body: roles });
  const content = [{ type: "text" as const, text: "hello" }];
  const begin = async () =>
    await client.call(endpoints.chats.createChat, {
      body: {
        organization_id: organization,
        content,
        labels: { of: "this test" },
        unsafe_dynamic_tools: [{ name: "ask", description: "Asks.", input_schema: { type: "object" } }],
      },
    });
  const refused = await begin();
  const read = () => client.call(endpoints.chats.getChat, { params: { chat: refused.id } });
  await deployment.until("it is refused", read, ({ status }) => status === "error");
  const busy = await begin();
  await client.call(endpoints.chats.updateChatAcl, { params: { chat: busy.id }, body: roles });
  const { pool } = deployment.server.database;
  await deployment.until(
    "it is asked again later",
    async () => await pool.query("select from chats where retry_state is not null"),
    ({ rowCount }) => rowCount === 1,
  );
  await client.call(endpoints.chats.sendChatMessage, { params: { chat: busy.id }, body: { content } });
}

test("every document of a deployment that was used is what the types of its tables say", async () => {
  const unsandboxed = { available: true, warnings: [], unsandboxed: "this test wants none" } as const;
  const engine = { ...simulatedEngine(), checkAvailability: async () => await Promise.resolve(unsandboxed) };
  await using deployment = await Deployment.create({ engine });
  await useAll(deployment);
  await using model = await ModelServer.start((_request, at) => ({
    status: at === 0 ? 401 : 503,
    headers: { "Retry-After": "60" },
  }));
  await useChats(deployment, model);
  const options = { connectionString: deployment.database.connectionString, maxConnections: 1 };
  await using database = new Database(options, () => undefined);

  for (const [name, schema] of Object.entries(jsonColumns)) {
    const [table = "", column = ""] = name.split(".");
    const { rows } = await sql<{ value: unknown }>`
      select ${sql.ref(column)} as value from ${sql.table(table)}`.execute(database.db);

    const isEmpty = rows.every(({ value }) => JSON.stringify(value).length === 2);
    if (!passing.has(name)) expect({ name, isEmpty }).toEqual({ name, isEmpty: false });
    // The same after parsing: nothing of it is unknown to the type. Where a column has none, there is nothing to parse.
    for (const { value } of rows)
      if (value !== null) expect({ name, value: schema.parse(value) }).toEqual({ name, value });
  }
});
