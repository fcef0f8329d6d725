import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as api from "@hearth/sdk";
import { ChatWorld, insertTemplate, insertWorkspaceRow, modelId, unusableModelId } from "../testing/index.ts";

let world: ChatWorld;
beforeAll(async () => {
  world = await ChatWorld.create();
});
afterAll(async () => await world[Symbol.asyncDispose]());

const text = (value: string) => ({ content: [{ type: "text", text: value }] });
const versions = async (id: string) => {
  const { snapshot_version, history_version, queue_version, generation_attempt } = await world.row(id);
  return { snapshot_version, history_version, queue_version, generation_attempt };
};
/** What is in the history now, by role and text. */
const said = async (id: string) =>
  (await world.history(id))
    .filter(({ deleted }) => !deleted)
    .map(({ role, content: [part] }) => `${role}: ${part?.type === "text" ? part.text : (part?.type ?? "")}`);
const send = async (id: string, value: string, more: object = {}) =>
  await world.ask<api.CreateChatMessageResponse>("POST", `/${id}/messages`, { ...text(value), ...more });
/** As a worker leaves it when the turn has ended. */
const idle = async (id: string) => await world.setState(id, { status: "waiting" });

describe.for(["/api/v2/chats", "/api/experimental/chats"])("at %s", (prefix) => {
  test("a chat is begun, listed, shown and read", async () => {
    const request = { organization_id: world.organizationId, ...text("one two three four five six seven") };
    const made = await world.ask<api.Chat>("POST", "", { ...request, labels: { team: "a" } }, { prefix });

    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      title: "one two three four five six…",
      status: "running",
      owner_username: "ada",
      last_model_config_id: modelId,
      root_chat_id: made.body.id,
      labels: { team: "a" },
      client_type: "api",
      has_unread: false,
      children: [],
      last_turn_summary: null,
    });
    expect(made.body).not.toHaveProperty("diff_status");
    await expect(versions(made.body.id)).resolves.toMatchObject({
      snapshot_version: 1,
      history_version: 1,
      queue_version: 0,
    });
    const listed = await world.ask<api.Chat[]>("GET", "?label=team:a", undefined, { prefix });
    expect(listed.body.map(({ id }) => id)).toContain(made.body.id);
    expect(listed.body[0]?.diff_status).toMatchObject({ additions: 0, pull_request_title: "" });
    const shown = await world.ask<api.Chat>("GET", `/${made.body.id}`, undefined, { prefix });
    expect(shown.body.title).toBe(made.body.title);
    const { body } = await world.ask<api.ChatMessagesResponse>("GET", `/${made.body.id}/messages`, undefined, {
      prefix,
    });
    expect(body).toMatchObject({ has_more: false, queued_messages: [] });
    expect(body.messages).toEqual([
      {
        id: expect.any(Number),
        chat_id: made.body.id,
        created_by: world.ada.id,
        model_config_id: modelId,
        created_at: made.body.created_at,
        role: "user",
        content: [
          {
            type: "text",
            text: "one two three four five six seven",
            mcp_server_config_id: null,
            url: "",
            media_type: "",
            file_id: null,
            file_name: "",
            start_line: 0,
            end_line: 0,
            content: "",
            context_file_path: "",
            context_file_agent_id: null,
            skill_name: "",
          },
        ],
      },
    ]);
    await idle(made.body.id);
    await world.ask("PATCH", `/${made.body.id}`, { archived: true, labels: {} }, { prefix });
  });
});

test("[chat 106] a message to a chat that rests runs it", async () => {
  const id = await world.begin();
  await idle(id);
  const { status, body } = await send(id, "again");

  expect(status).toBe(200);
  expect(body).toMatchObject({ queued: false, message: { role: "user", created_by: world.ada.id } });
  expect(body.messages).toHaveLength(1);
  const row = await world.row(id);
  expect(row.status).toBe("running");
  expect(row.history_version).toBe(row.snapshot_version);
  expect((await world.history(id)).at(-1)?.revision).toBe(row.snapshot_version);
});

test("[chat 107] a message to a chat that works waits, and moves the queue's version alone", async () => {
  const id = await world.begin();
  const before = await versions(id);
  const { body } = await send(id, "later");

  expect(body).toMatchObject({ queued: true, queued_message: { chat_id: id, model_config_id: modelId } });
  expect(body).not.toHaveProperty("message");
  await expect(versions(id)).resolves.toEqual({
    ...before,
    snapshot_version: before.snapshot_version + 1,
    queue_version: before.snapshot_version + 1,
  });
});

test("[chat 110] a message to a chat that failed tells of the one that went before it", async () => {
  const id = await world.begin();
  await send(id, "first");
  await world.setState(id, {
    status: "error",
    last_error: JSON.stringify({ kind: "generic", message: "no", retryable: false }),
  });
  const { body } = await send(id, "second");

  expect(body.queued).toBe(true);
  expect(body.messages?.map(({ content: [part] }) => part?.text)).toEqual(["first"]);
  await expect(world.row(id)).resolves.toMatchObject({ status: "running", last_error: null });
  await expect(said(id)).resolves.toEqual(["user: hello", "user: first"]);
});

test("[chat 114] no more than twenty wait", async () => {
  const id = await world.begin();
  for (let at = 0; at < world.limits.queuedMessages; at++) expect((await send(id, `${at}`)).status).toBe(200);
  const before = await versions(id);

  expect((await send(id, "one more")).status).toBe(429);
  await expect(versions(id)).resolves.toEqual(before);
});

test("[chat 115] what is promoted goes first, and what goes on is stopped", async () => {
  const id = await world.begin();
  for (const value of ["a", "b", "c"]) await send(id, value);
  const queue = async () => (await world.ask<api.ChatMessagesResponse>("GET", `/${id}/messages`)).body.queued_messages;
  const last = (await queue()).at(-1)?.id ?? 0;

  const { status, body } = await world.ask("POST", `/${id}/queue/${last}/promote`);

  expect([status, body]).toEqual([202, { message: "Queued message promotion accepted." }]);
  expect((await queue()).map(({ content: [part] }) => part?.text)).toEqual(["c", "a", "b"]);
  await expect(world.row(id)).resolves.toMatchObject({ status: "interrupting" });
  expect((await world.ask("DELETE", `/${id}/queue/${last}`)).status).toBe(204);
  expect((await world.ask("DELETE", `/${id}/queue/${last}`)).status).toBe(404);
  expect((await queue()).map(({ content: [part] }) => part?.text)).toEqual(["a", "b"]);
});

test("[chat 117] an edit takes out what came after, and what waits", async () => {
  const id = await world.begin();
  await idle(id);
  const second = (await send(id, "two")).body.message?.id ?? 0;
  await send(id, "waits");
  const before = await versions(id);

  const { status, body } = await world.ask<api.EditChatMessageResponse>(
    "PATCH",
    `/${id}/messages/${second}`,
    text("2"),
  );

  expect(status).toBe(200);
  expect(body).toMatchObject({ message: { role: "user" }, deleted_message_ids: [second] });
  await expect(said(id)).resolves.toEqual(["user: hello", "user: 2"]);
  const now = await world.row(id);
  expect(now).toMatchObject({ status: "running", generation_attempt: 0, queue_version: before.snapshot_version + 1 });
  expect(now.history_version).toBe(now.snapshot_version);
  const all = await world.history(id);
  expect(all.filter(({ deleted }) => deleted).map(({ revision }) => revision)).toEqual([now.snapshot_version]);
  const prompts = await world.ask<api.ChatPromptsResponse>("GET", `/${id}/prompts`);
  expect(prompts.body.prompts.map((prompt) => prompt.text)).toEqual(["2", "hello"]);
});

test("[chat 118] neither what the model said is edited nor what is in another chat", async () => {
  const id = await world.begin();
  const other = await world.begin();
  const [elsewhere] = await world.history(other);
  await world.db
    .insertInto("chat_messages")
    .values({ chat_id: id, role: "assistant", content: "[]", revision: 1, created_at: new Date() })
    .execute();
  const answer = (await world.history(id)).at(-1)?.id ?? 0;

  expect((await world.ask("PATCH", `/${id}/messages/${answer}`, text("x"))).status).toBe(400);
  expect((await world.ask("PATCH", `/${id}/messages/${elsewhere?.id ?? 0}`, text("x"))).status).toBe(404);
  expect((await world.ask("PATCH", `/${id}/messages/999999999`, text("x"))).status).toBe(404);
  expect((await world.ask("PATCH", `/${id}/messages/one`, text("x"))).status).toBe(400);
});

test("[chat 119] [chat 120] what rests is not interrupted, what is being stopped is not stopped twice", async () => {
  const id = await world.begin();
  expect(await world.ask("POST", `/${id}/interrupt`)).toMatchObject({ status: 200, body: { status: "interrupting" } });
  const before = await versions(id);
  expect(await world.ask("POST", `/${id}/interrupt`)).toMatchObject({ status: 200, body: { status: "interrupting" } });
  await expect(versions(id)).resolves.toEqual(before);

  await idle(id);
  expect(await world.ask("POST", `/${id}/interrupt`)).toMatchObject({
    status: 409,
    body: { message: "Chat is not in an interruptible state.", code: "conflict" },
  });
  await expect(versions(id)).resolves.toEqual(before);
});

test("[chat 121] [chat 122] [chat 123] a family is archived and taken out as one, or not at all", async () => {
  const root = await world.begin();
  const child = await world.beginChild(root);
  const archived = async () => [(await world.row(root)).archived, (await world.row(child)).archived];
  expect((await world.ask("PATCH", `/${root}`, { archived: true })).status).toBe(409);
  await idle(root);
  expect((await world.ask("PATCH", `/${root}`, { archived: true })).status).toBe(409);
  await expect(archived()).resolves.toEqual([false, false]);

  await world.setState(child, { status: "error" });
  await world.ask("PATCH", `/${root}`, { pin_order: 1 });
  expect((await world.ask("PATCH", `/${root}`, { archived: true })).status).toBe(204);
  await expect(archived()).resolves.toEqual([true, true]);
  await expect(world.row(root)).resolves.toMatchObject({ pin_order: 0 });
  expect((await world.ask("PATCH", `/${child}`, { archived: false })).status).toBe(409);
  await expect(archived()).resolves.toEqual([true, true]);
  expect(await send(root, "to archived")).toMatchObject({
    status: 400,
    body: { message: "Cannot send messages to an archived chat." },
  });

  expect((await world.ask("PATCH", `/${root}`, { archived: false })).status).toBe(204);
  await expect(archived()).resolves.toEqual([false, false]);
  await expect(world.row(child)).resolves.toMatchObject({ status: "error" });
});

test("[chat 124] an impossible state is repaired, and nothing else", async () => {
  const id = await world.begin();
  expect((await world.ask("POST", `/${id}/reconcile-invalid`)).status).toBe(409);
  await world.setState(id, { archived: true });
  expect((await send(id, "x")).status).toBe(409);

  const { status, body } = await world.ask<api.Chat>("POST", `/${id}/reconcile-invalid`);

  expect(status).toBe(200);
  expect(body).toMatchObject({ archived: false, status: "error", last_error: { kind: "generic" } });
});

test("[chat 113] results are taken when they are those that the chat waits for", async () => {
  const id = await world.begin("hello", { unsafe_dynamic_tools: [{ name: "ask", input_schema: { type: "object" } }] });
  const calls = ["1", "2"].map((call) => ({ type: "tool-call", tool_call_id: call, tool_name: "ask", args: {} }));
  await world.db
    .insertInto("chat_messages")
    .values({ chat_id: id, role: "assistant", content: JSON.stringify(calls), revision: 1, created_at: new Date() })
    .execute();
  await world.setState(id, { status: "requires_action", requires_action_deadline_at: new Date() });
  const submit = async (ids: readonly string[]) => {
    const results = ids.map((call) => ({ tool_call_id: call, output: { said: [call] } }));
    return (await world.ask("POST", `/${id}/tool-results`, { results })).status;
  };

  await expect(submit([])).resolves.toBe(400);
  await expect(submit(["1"])).resolves.toBe(400);
  await expect(submit(["1", "2", "3"])).resolves.toBe(400);
  await expect(submit(["1", "1", "2"])).resolves.toBe(400);
  await expect(submit(["2", "1"])).resolves.toBe(204);
  await expect(submit(["2", "1"])).resolves.toBe(409);
  await expect(world.row(id)).resolves.toMatchObject({ status: "running", requires_action_deadline_at: null });
  const results = (await world.history(id)).filter(({ role }) => role === "tool");
  expect(results.map(({ content: [part] }) => part)).toMatchObject([
    { tool_call_id: "1", result: { said: ["1"] } },
    { tool_call_id: "2", result: { said: ["2"] } },
  ]);
});

test("what is said of a chat beside its execution state touches no version", async () => {
  const id = await world.begin();
  const before = await versions(id);
  expect(
    (await world.ask("PATCH", `/${id}`, { title: "  New title ", labels: { a: "b" }, plan_mode: "plan" })).status,
  ).toBe(204);
  await expect(world.row(id)).resolves.toMatchObject({
    title: "New title",
    title_source: "user",
    labels: { a: "b" },
    plan_mode: "plan",
  });
  expect((await world.ask("PATCH", `/${id}`, { plan_mode: "" })).status).toBe(204);
  await expect(world.row(id)).resolves.toMatchObject({ plan_mode: null });
  await expect(versions(id)).resolves.toEqual(before);
});

test("[chat 101] [chat 219] a chat works in a workspace of its owner's, and is pointed at another without touching a version", async () => {
  const workspaces = [];
  const template = await insertTemplate(world, { name: "local", authorId: world.ada.id });
  for (const [name, owner] of [
    ["one", world.ada],
    ["two", world.ada],
    ["theirs", world.bob],
  ] as const) {
    workspaces.push((await insertWorkspaceRow(world, { ownerId: owner.id, name, templateId: template.id })).id);
  }
  const [one = "", two = "", theirs = ""] = workspaces;
  const id = await world.begin("hello", { workspace_id: one });
  await world.setState(id, { build_id: randomUUID(), agent_id: randomUUID() });
  const before = await versions(id);

  expect((await world.ask("PATCH", `/${id}`, { workspace_id: two })).status).toBe(204);
  await expect(world.row(id)).resolves.toMatchObject({ workspace_id: two, build_id: null, agent_id: null });
  await expect(versions(id)).resolves.toEqual(before);

  for (const workspace_id of [theirs, randomUUID()]) {
    expect((await world.ask("PATCH", `/${id}`, { workspace_id })).status).toBe(404);
    const request = { organization_id: world.organizationId, ...text("hello"), workspace_id };
    expect((await world.ask("POST", "", request)).status).toBe(404);
  }
  await expect(world.row(id)).resolves.toMatchObject({ workspace_id: two });
});

test("[chat 125] what changes nothing advances nothing", async () => {
  const id = await world.begin();
  const before = await world.row(id);
  expect((await world.ask("PATCH", `/${id}`, {})).status).toBe(204);
  expect((await world.ask("PATCH", `/${id}`, { archived: false })).status).toBe(204);
  await expect(world.row(id)).resolves.toEqual(before);
});

test("messages that are sent at once are each there once, in an order", async () => {
  const id = await world.begin();
  await Promise.all(Array.from({ length: 12 }, (_, at) => send(id, `message ${at}`)));

  const rows = await world.db.selectFrom("chat_queued_messages").selectAll().where("chat_id", "=", id).execute();
  expect(new Set(rows.map(({ content: [part] }) => (part?.type === "text" ? part.text : ""))).size).toBe(12);
  expect(new Set(rows.map(({ position }) => position)).size).toBe(12);
  await expect(world.row(id)).resolves.toMatchObject({ snapshot_version: 13, queue_version: 13 });
});

test("pins keep an order without gaps", async () => {
  const by = world.bob;
  const ids = [await world.begin("a", { by }), await world.begin("b", { by }), await world.begin("c", { by })];
  const pin = async (at: number, place: number) =>
    (await world.ask("PATCH", `/${ids[at]}`, { pin_order: place }, { by })).status;
  const places = async () => await Promise.all(ids.map(async (id) => (await world.row(id)).pin_order));
  const listed = async () => (await world.ask<api.Chat[]>("GET", "", undefined, { by })).body.map(({ title }) => title);

  await pin(0, 7);
  await pin(1, 1);
  await pin(2, 1);
  await expect(places()).resolves.toEqual([1, 2, 3]);
  await pin(2, 1);
  await expect(places()).resolves.toEqual([2, 3, 1]);
  await expect(listed()).resolves.toEqual(["c", "a", "b"]);
  await pin(0, 99);
  await expect(places()).resolves.toEqual([3, 2, 1]);
  await pin(2, 0);
  await expect(places()).resolves.toEqual([2, 1, 0]);
  await expect(listed()).resolves.toEqual(["b", "a", "c"]);
});

test.for([
  ["nothing said", { content: [] }, "content"],
  ["an empty text", { content: [{ type: "text", text: " " }] }, "content.0.text"],
  ["a file that is none", { content: [{ type: "file", file_id: randomUUID() }] }, "content.0.file_id"],
  ["a model that it may not use", { model_config_id: unusableModelId }, "model_config_id"],
  ["a server that is none", { mcp_server_ids: [randomUUID()] }, "mcp_server_ids"],
  ["too many labels", { labels: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`${at}`, ""])) }, "labels"],
  ["a blank title", { title: " " }, "title"],
  ["two tools of one name", { unsafe_dynamic_tools: [{ name: "a" }, { name: "a" }] }, "unsafe_dynamic_tools"],
] as const)("a chat is not begun with %s", async ([, given, field]) => {
  const request = { organization_id: world.organizationId, ...text("hello"), ...given };
  const { status, body } = await world.ask<api.Response>("POST", "", request);
  expect(status).toBe(400);
  expect(body.validations?.map((each) => each.field)).toEqual([field]);
});

test("[chat 217] who has not the role begins no chat", async () => {
  const request = { organization_id: world.organizationId, ...text("hello") };
  expect((await world.ask("POST", "", request, { by: world.stranger })).status).toBe(403);
  expect((await world.ask("POST", "", { ...request, organization_id: randomUUID() })).status).toBe(404);
});

describe("another", () => {
  const writes: readonly [method: string, path: (id: string) => string, body?: unknown][] = [
    ["PATCH", (id) => `/${id}`, { title: "theirs" }],
    ["POST", (id) => `/${id}/messages`, text("theirs")],
    ["POST", (id) => `/${id}/interrupt`],
    ["POST", (id) => `/${id}/reconcile-invalid`],
    ["POST", (id) => `/${id}/tool-results`, { results: [{ tool_call_id: "1" }] }],
    ["DELETE", (id) => `/${id}/queue/1`],
    ["POST", (id) => `/${id}/queue/1/promote`],
    ["GET", (id) => `/${id}/acl`],
    ["PATCH", (id) => `/${id}/acl`, { user_roles: {} }],
  ];

  test("[chat 216] who may not read a chat finds none", async () => {
    const id = await world.begin();
    const { history_version: before } = await world.row(id);
    for (const by of [world.bob, world.stranger]) {
      for (const path of [`/${id}`, `/${id}/messages`, `/${id}/prompts`]) {
        expect((await world.ask("GET", path, undefined, { by })).status).toBe(404);
      }
      for (const [method, path, body] of writes) {
        expect((await world.ask(method, path(id), body, { by })).status).toBe(404);
      }
      const { body } = await world.ask<api.Chat[]>("GET", "", undefined, { by });
      expect(body.map((chat) => chat.id)).not.toContain(id);
    }
    await expect(world.row(id)).resolves.toMatchObject({ history_version: before, title: "hello" });
  });

  test("[chat 215] whom a chat is shared with reads it, with what it began, and changes nothing", async () => {
    const by = world.bob;
    const id = await world.begin();
    const child = await world.beginChild(id);
    expect((await world.ask("PATCH", `/${id}/acl`, { user_roles: { [by.id]: "read" } })).status).toBe(204);

    await expect(world.ask("GET", `/${id}/acl`)).resolves.toMatchObject({
      body: { users: [{ id: by.id, username: "bob", role: "read" }], groups: [] },
    });
    for (const path of [`/${id}`, `/${id}/messages`, `/${child}`]) {
      expect((await world.ask("GET", path, undefined, { by })).status).toBe(200);
    }
    const { body } = await world.ask<api.Chat[]>("GET", "?q=source:shared_with_me", undefined, { by });
    expect(body).toMatchObject([{ id, shared: true, children: [{ id: child }] }]);
    const before = await world.row(id);
    for (const [method, path, request] of writes) {
      expect((await world.ask(method, path(id), request, { by })).status).toBe(403);
    }
    await expect(world.row(id)).resolves.toEqual(before);

    expect((await world.ask("PATCH", `/${child}/acl`, { user_roles: { [by.id]: "read" } })).status).toBe(400);
    await world.ask("PATCH", `/${id}/acl`, { user_roles: { [by.id]: "" } });
    expect((await world.ask("GET", `/${child}`, undefined, { by })).status).toBe(404);
  });
});

test("pages of messages go back from the newest, and forward from a cursor", async () => {
  const id = await world.begin("0");
  for (let at = 1; at < 5; at++) {
    await idle(id);
    await send(id, `${at}`);
  }
  const page = async (query: string) => {
    const { status, body } = await world.ask<api.ChatMessagesResponse>("GET", `/${id}/messages${query}`);
    return status === 200 ? [body.messages.map(({ content: [part] }) => part?.text).join(""), body.has_more] : [status];
  };
  const ids = (await world.history(id)).map((row) => row.id);

  await expect(page("?limit=2")).resolves.toEqual(["43", true]);
  await expect(page(`?limit=2&before_id=${ids[3]}`)).resolves.toEqual(["21", true]);
  await expect(page(`?before_id=${ids[1]}`)).resolves.toEqual(["0", false]);
  await expect(page(`?after_id=${ids[2]}`)).resolves.toEqual(["34", false]);
  await expect(page(`?after_id=${ids[0]}&before_id=${ids[3]}`)).resolves.toEqual(["21", false]);
  await expect(page(`?after_id=${ids[3]}&before_id=${ids[3]}`)).resolves.toEqual([400]);
  await expect(page("?limit=0")).resolves.toEqual([400]);
  await expect(page("?limit=201")).resolves.toEqual([400]);
});

test("the list is searched, and a page costs as many statements however long it is", async () => {
  const by = world.bob;
  await world.begin("plant the apple tree", { by });
  await world.begin("paint the fence", { by, labels: { kind: "garden", part: "fence" } });
  const found = async (query: string) => {
    const { status, body } = await world.ask<api.Chat[]>("GET", query, undefined, { by });
    return status === 200 ? body.map(({ title }) => title) : [status];
  };
  await expect(found("?q=title:apple")).resolves.toEqual(["plant the apple tree"]);
  await expect(found("?q=search:FENCE")).resolves.toEqual(["paint the fence"]);
  await expect(found("?label=kind:garden&label=part:fence")).resolves.toEqual(["paint the fence"]);
  await expect(found("?label=kind:garden&label=part:tree")).resolves.toEqual([]);
  await expect(found("?q=status:waiting")).resolves.toEqual([]);
  await expect(found("?q=pr:7")).resolves.toEqual([]);
  await expect(found("?q=apple")).resolves.toEqual([400]);
  await expect(found("?q=colour:red")).resolves.toEqual([400]);
  await expect(found("?q=search:a%20title:b")).resolves.toEqual([400]);
  const whole = await found("");
  const first = (await world.ask<api.Chat[]>("GET", "?limit=2", undefined, { by })).body;
  expect(first.map(({ title }) => title)).toEqual(whole.slice(0, 2));
  await expect(found(`?after_id=${first[1]?.id}`)).resolves.toEqual(whole.slice(2));
  await expect(found("?offset=2")).resolves.toEqual(whole.slice(2));

  const statements = async (query: string) => {
    const before = world.statements.length;
    await found(query);
    return world.statements.length - before;
  };
  const ofOne = await statements("?limit=1");
  expect(await statements("?limit=50")).toBe(ofOne);
});

test("a word that stands for a collection is no chat, and what is no id is refused", async () => {
  for (const word of ["model-configs", "by-workspace"]) expect((await world.ask("GET", `/${word}`)).status).toBe(404);
  expect((await world.ask("GET", "/n$pe")).status).toBe(400);
  expect((await world.ask("POST", "/n$pe/messages", text("x"))).status).toBe(400);
});
