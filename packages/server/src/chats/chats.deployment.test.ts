import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { endpoints, type Client } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { ModelServer } from "@hearth/testkit/model-server";
import { SocketFrames } from "../testing/index.ts";

/** A member who may chat, in a deployment whose one model is the server's. */
async function chatter(
  deployment: Deployment,
  model: ModelServer,
): Promise<{ client: Client; organizationId: string }> {
  const { client } = deployment;
  const provider = await client.call(endpoints.ai.createAiProvider, {
    body: { type: "openai-compat", name: "scripted", base_url: model.baseUrl, api_keys: ["key-of-the-deployment"] },
  });
  await client.call(endpoints.ai.createOrganizationChatModel, {
    params: { organization: "default" },
    body: { ai_provider_id: provider.id, model: "scripted-1", context_limit: 100_000 },
  });
  const ada = await deployment.createMember("ada");
  const { id, organization_ids: organizationIds } = await ada.call(endpoints.users.getUser, { params: { user: "me" } });
  await client.call(endpoints.organizations.updateMemberRoles, {
    params: { organization: "default", user: id },
    body: { roles: ["agents-access"] },
  });
  return { client: ada, organizationId: organizationIds[0] ?? "" };
}

const text = (value: string) => [{ type: "text" as const, text: value }];

test("a server with a model carries a chat on, over the provider's own HTTP, and tells of it as it comes", async () => {
  const listens = Promise.withResolvers<void>();
  await using model = await ModelServer.start(async (_request, at) => {
    if (at === 0) {
      // Parts are for whoever is there: later there is the message.
      await listens.promise;
      const call = { id: "call-1", name: "ask", args: { question: "which?" } };
      return { deeds: [{ say: ["Let me ", "ask."] }, { call, chunks: 3 }], usage: { input: 10, output: 5 } };
    }
    return { deeds: [{ say: ["It is ", "blue."] }] };
  });
  await using deployment = await Deployment.create();
  const { client, organizationId } = await chatter(deployment, model);
  const chat = await client.call(endpoints.chats.createChat, {
    body: {
      organization_id: organizationId,
      content: text("which colour?"),
      unsafe_dynamic_tools: [{ name: "ask", description: "Asks the user.", input_schema: { type: "object" } }],
    },
  });
  const params = { chat: chat.id };
  const socket = new WebSocket(`${deployment.url.replace("http", "ws")}/api/v2/chats/${chat.id}/stream`, {
    headers: { "coder-session-token": client.token ?? "" },
  });
  using frames = new SocketFrames<readonly api.ChatStreamEvent[]>(socket);
  const events = () => frames.all.flat();
  await frames.until(() => events().some(({ type }) => type === "status"));
  listens.resolve();
  await frames.until(() => events().some(({ type }) => type === "action_required"));
  expect(events().find(({ type }) => type === "action_required")?.action_required?.tool_calls).toEqual([
    { tool_call_id: "call-1", tool_name: "ask", args: '{"question":"which?"}' },
  ]);
  await client.call(endpoints.chats.submitChatToolResults, {
    params,
    body: { results: [{ tool_call_id: "call-1", output: { answer: "blue" } }] },
  });
  await frames.until(() => events().some(({ status }) => status?.status === "waiting"));

  const { messages } = await client.call(endpoints.chats.listChatMessages, { params });
  expect(
    messages.toReversed().map(({ role, content }) => [role, content.map((part) => part.text || part.type)]),
  ).toEqual([
    ["user", ["which colour?"]],
    ["assistant", ["Let me ask.", "tool-call"]],
    ["tool", ["tool-result"]],
    ["assistant", ["It is blue."]],
  ]);
  expect(messages[2]?.usage).toMatchObject({ input_tokens: 10, output_tokens: 5, context_limit: 100_000 });
  const said = events().filter(({ message_part: part }) => part?.part.type === "text" && part.role === "assistant");
  expect(said.map((event) => event.message_part?.part.text).join("")).toBe("Let me ask.It is blue.");
  expect(JSON.stringify(model.requests[1]?.body)).toContain("blue");
});

test("a chat without a model is refused, and says what is missing", async () => {
  await using deployment = await Deployment.create();
  const { organization_ids: ids } = await deployment.client.call(endpoints.users.getUser, { params: { user: "me" } });
  const body = { organization_id: ids[0] ?? "", content: text("hello") };

  await expect(deployment.client.call(endpoints.chats.createChat, { body })).rejects.toMatchObject({
    code: "precondition_failed",
    message: expect.stringContaining("No default model is configured"),
  });
});
