import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import type * as api from "@hearth/sdk";
import { calling, ChatWorld, saying, SocketFrames, type User } from "../../testing/index.ts";

let world: ChatWorld;
let clock: FakeClock;
beforeEach(async () => {
  clock = new FakeClock();
  world = await ChatWorld.create({ clock });
});
afterEach(async () => await world[Symbol.asyncDispose]());

type Frame = readonly api.ChatStreamEvent[];
const follow = (id: string, query = "", by?: User) =>
  new SocketFrames<Frame>(world.socket(`/${id}/stream${query}`, by));
const send = async (id: string, value: string, more: object = {}) =>
  await world.ask<api.CreateChatMessageResponse>("POST", `/${id}/messages`, {
    content: [{ type: "text", text: value }],
    ...more,
  });

/** Each event in a word. */
function told(frames: readonly Frame[]): string[][] {
  return frames.map((events) => events.map(inShort));
}

function inShort({
  type,
  message,
  message_part: part,
  status,
  queued_messages: queued = [],
}: api.ChatStreamEvent): string {
  if (message !== undefined) {
    return `${message.role}: ${message.content.map((each) => each.text || each.type).join("")}`;
  }
  if (part !== undefined) return `part ${part.seq} ${part.part.text}`;
  if (status !== undefined) return `status ${status.status}`;
  return type === "queue_update" ? `queue ${queued.map(({ content: [first] }) => first?.text).join(",")}` : type;
}

const flat = (frames: SocketFrames<Frame>) => told(frames.all).flat();

test("a turn as it is told: how it stands, each attempt, what is said, what is committed, and that it rests", async () => {
  const id = await world.begin();
  using frames = follow(id);
  await frames.count(1);
  await using _work = world.replica.work();
  const first = await world.models.askedFor(1);
  first.say("Hel");
  await frames.until(() => flat(frames).includes("part 1 Hel"));
  first.say("lo");
  await frames.until(() => flat(frames).includes("part 2 lo"));
  first.end(saying("Hello"));
  await frames.until(() => flat(frames).includes("status waiting"));

  expect(told(frames.all)).toEqual([
    ["user: hello", "status running", "preview_reset"],
    ["preview_reset"],
    ["part 1 Hel"],
    ["part 2 lo"],
    ["assistant: Hello", "status waiting", "preview_reset"],
  ]);
  const parts = frames.all.flat().flatMap((event) => event.message_part ?? []);
  expect(parts.map(({ generation_attempt, history_version }) => [history_version, generation_attempt])).toEqual([
    [1, 1],
    [1, 1],
  ]);
});

test("[chat 170] whoever comes with a cursor is told what is newer, and how the chat stands; its owner has seen it", async () => {
  const id = await world.begin("1");
  for (const value of ["2", "3"]) {
    await world.setState(id, { status: "waiting" });
    await send(id, value);
  }
  const ids = (await world.history(id)).map((row) => row.id);
  using frames = follow(id, `?after_id=${ids[1]}`);
  await frames.count(1);

  expect(told(frames.all)).toEqual([["user: 3", "status running", "preview_reset"]]);
  await expect(world.row(id)).resolves.toMatchObject({ last_read_message_id: ids[2] });
});

test("what waits is told when the queue was ever used", async () => {
  const id = await world.begin();
  using frames = follow(id);
  await frames.count(1);
  await send(id, "a");
  await frames.count(2);
  using late = follow(id);
  await late.count(1);
  const [queued] = (await world.ask<api.ChatMessagesResponse>("GET", `/${id}/messages`)).body.queued_messages;
  await world.ask("DELETE", `/${id}/queue/${queued?.id ?? 0}`);
  await frames.count(3);

  expect(told(frames.all)).toEqual([["user: hello", "status running", "preview_reset"], ["queue a"], ["queue "]]);
  expect(told(late.all)[0]).toEqual(["user: hello", "queue a", "status running", "preview_reset"]);
  expect(frames.all[2]?.[0]).not.toHaveProperty("queued_messages");
});

test("[chat 171] what nobody announced is told within ten seconds", async () => {
  const id = await world.begin();
  using frames = follow(id);
  await frames.count(1);
  await world.db
    .updateTable("chats")
    .set((eb) => ({ status: "waiting", snapshot_version: eb("snapshot_version", "+", 1) }))
    .where("id", "=", id)
    .execute();
  await clock.asleep("chat-stream");
  await clock.advance(10_000);
  await frames.count(2);

  expect(told(frames.all)[1]).toEqual(["status waiting"]);
});

test("[chat 172] what is announced twice, or late, is told once", async () => {
  const id = await world.begin();
  using frames = follow(id);
  await frames.count(1);
  await send(id, "a");
  await frames.count(2);
  const row = await world.row(id);
  for (const version of [row.snapshot_version, row.snapshot_version - 1]) {
    world.pubsub.publish("chat_update", id, {
      snapshot_version: version,
      history_version: row.history_version,
      queue_version: row.queue_version,
      retry_state_version: 0,
      generation_attempt: 0,
      worker_id: null,
      runner_id: null,
      status: row.status,
      archived: false,
    });
  }
  await send(id, "b");
  await frames.count(3);

  expect(told(frames.all).slice(1)).toEqual([["queue a"], ["queue a,b"]]);
});

test("[chat 173] an edit is told as a history that begins anew", async () => {
  const id = await world.begin("1");
  await world.setState(id, { status: "waiting" });
  const second = (await send(id, "2")).body.message?.id ?? 0;
  using frames = follow(id);
  await frames.count(1);
  await world.ask("PATCH", `/${id}/messages/${second}`, { content: [{ type: "text", text: "two" }] });
  await frames.count(2);

  expect(told(frames.all)[1]).toEqual(["history_reset", "user: 1", "user: two", "preview_reset"]);
});

test("[chat 144] an attempt that failed is told, and what it said is void", async () => {
  await using _work = world.replica.work();
  const id = await world.begin();
  const { StepFailed } = await import("../../ai/index.ts");
  const first = await world.models.askedFor(1);
  using frames = follow(id);
  first.say("void");
  await frames.until(() => flat(frames).includes("part 1 void"));
  first.fail(new StepFailed({ error: { kind: "overloaded", message: "busy", retryable: true } }));
  await frames.until(() => flat(frames).includes("retry"));
  await clock.asleep("chat-retry");
  await clock.advance(60_000);
  const second = await world.models.askedFor(2);
  second.say("so");
  await frames.until(() => flat(frames).includes("part 1 so"));
  second.end(saying("so"));
  await frames.until(() => flat(frames).includes("status waiting"));

  const all = flat(frames);
  expect(all.slice(all.indexOf("retry"))).toEqual([
    "retry",
    "preview_reset",
    "part 1 so",
    "assistant: so",
    "status waiting",
    "preview_reset",
  ]);
  expect(frames.all.flat().find(({ type }) => type === "retry")?.retry).toMatchObject({ attempt: 1, error: "busy" });
});

test("[chat 175] whoever comes in the middle hears what was said before, then what comes", async () => {
  await using _work = world.replica.work();
  const id = await world.begin();
  const first = await world.models.askedFor(1);
  first.say("a");
  first.say("b");
  using frames = follow(id);
  await frames.count(2);
  first.say("c");
  await frames.count(3);

  expect(told(frames.all)).toEqual([
    ["user: hello", "status running", "preview_reset"],
    ["part 1 a", "part 2 b"],
    ["part 3 c"],
  ]);
});

test("calls that wait for the client are told with their arguments", async () => {
  await using _work = world.replica.work();
  const id = await world.begin("hello", { unsafe_dynamic_tools: [{ name: "ask" }] });
  using frames = follow(id);
  (await world.models.askedFor(1)).end(calling("1", "ask", { q: [1] }));
  await frames.until(() => flat(frames).includes("action_required"));

  expect(frames.all.flat().find(({ type }) => type === "action_required")?.action_required).toEqual({
    tool_calls: [{ tool_call_id: "1", tool_name: "ask", args: '{"q":[1]}' }],
  });
});

test("[chat 180] whoever says something is let go", async () => {
  const id = await world.begin();
  const socket = world.socket(`/${id}/stream`);
  using frames = new SocketFrames<Frame>(socket);
  await frames.count(1);
  socket.send("hello");

  await expect(frames.closed()).resolves.toBe(1000);
});

test("[chat 181] [chat 182] whom the chat is shared with follows it until it is not any more, and moves no cursor", async () => {
  const by = world.bob;
  const id = await world.begin();
  await world.ask("PATCH", `/${id}/acl`, { user_roles: { [by.id]: "read" } });
  using frames = follow(id, "", by);
  await frames.count(1);
  await send(id, "a");
  await frames.count(2);
  expect(told(frames.all)[1]).toEqual(["queue a"]);
  await expect(world.row(id)).resolves.toMatchObject({ last_read_message_id: 0 });
  await world.ask("PATCH", `/${id}/acl`, { user_roles: { [by.id]: "" } });

  await expect(frames.closed()).resolves.toBe(1008);
});

test("who may not read a chat follows none", async () => {
  const id = await world.begin();
  using frames = follow(id, "", world.stranger);
  await frames.closed();
  expect(frames.all).toEqual([]);
});

test("an owner's watcher is told what happens to its chats, and of nobody else's", async () => {
  using frames = new SocketFrames<api.ChatWatchEvent>(world.socket("/watch"));
  await clock.asleep("socket-ping");
  await world.begin("theirs", { by: world.bob });
  const id = await world.begin("mine");
  await frames.count(1);
  await send(id, "a");
  await frames.count(2);
  await world.ask("PATCH", `/${id}`, { title: "ours" });
  await frames.count(3);
  await world.setState(id, { status: "waiting" });
  await world.db.deleteFrom("chat_queued_messages").execute();
  await world.ask("PATCH", `/${id}`, { archived: true });
  await frames.count(4);
  await world.ask("PATCH", `/${id}`, { archived: false });
  await frames.count(5);

  expect(frames.all.map(({ kind, chat }) => [kind, chat.id, chat.status, chat.archived])).toEqual([
    ["created", id, "running", false],
    ["status_change", id, "running", false],
    ["title_change", id, "running", false],
    ["deleted", id, "waiting", true],
    ["created", id, "waiting", false],
  ]);
  for (const { chat } of frames.all) {
    expect(chat).not.toHaveProperty("diff_status");
    expect(chat.has_unread).toBe(false);
  }
});
