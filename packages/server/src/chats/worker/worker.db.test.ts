import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { FakeClock } from "@hearth/base/fake-clock";
import { authorize } from "../../access/index.ts";
import { contextOfSystem, testRights } from "../../access/testing/index.ts";
import { StepFailed } from "../../ai/index.ts";
import { calling, ChatWorld, saying } from "../../testing/index.ts";
import { acquireChats } from "../store/ownership.ts";
import { defineTool } from "../tools/tool.ts";

let world: ChatWorld;
let clock: FakeClock;
/** Calls of the tool `hold`, which ends when a test says so. */
let held: { readonly input: string; readonly end: (result: unknown) => void }[];
const hold = defineTool({
  name: "hold",
  description: "Holds.",
  args: z.object({ input: z.string() }),
  run: ({ input }) => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    held.push({ input, end: resolve });
    return promise;
  },
});
const broken = defineTool({
  name: "broken",
  description: "Fails.",
  args: z.object({}),
  run: () => Promise.reject(new Error("no")),
});

beforeEach(async () => {
  held = [];
  clock = new FakeClock();
  world = await ChatWorld.create({ clock, tools: [hold, broken] });
});
afterEach(async () => await world[Symbol.asyncDispose]());

/** What is in the history now, in short. */
const said = async (id: string) =>
  (await world.history(id))
    .filter(({ deleted }) => !deleted)
    .map(({ role, content }) => {
      const parts = content.map((part) => {
        if (part.type === "text") return part.text;
        if (part.type === "tool-call") return `call ${part.tool_call_id}`;
        return part.type === "tool-result" ? `result ${part.tool_call_id} ${JSON.stringify(part.result)}` : part.type;
      });
      return `${role}: ${parts.join(", ")}`;
    });
const text = (value: string) => ({ content: [{ type: "text", text: value }] });
const send = async (id: string, value: string, more: object = {}) =>
  await world.ask("POST", `/${id}/messages`, { ...text(value), ...more });
/** Waits until the chat is so, by what is announced of it. */
async function until(id: string, isSo: (row: Awaited<ReturnType<ChatWorld["row"]>>) => boolean): Promise<void> {
  for (;;) {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _heard = world.pubsub.subscribe("chat_update", id, { onMessage: () => resolve(), onDropped: resolve });
    if (isSo(await world.row(id))) return;
    await promise;
  }
}
const status = async (id: string, wanted: string) => await until(id, (row) => row.status === wanted);
const failure = (retryable: boolean, more: object = {}) =>
  new StepFailed({
    error: { kind: "overloaded", message: "busy", retryable, provider: "openai", status_code: 529 },
    ...more,
  });

test("a turn: the model is asked, what it calls is run, and it is asked again with the results", async () => {
  await using _work = world.replica.work();
  const id = await world.begin("hello", { system_prompt: "be kind" });
  const first = await world.models.askedFor(1);
  expect(first.request.system).toEqual(["be kind"]);
  expect(first.request.messages).toEqual([{ role: "user", content: [{ type: "text", text: "hello" }] }]);
  expect(first.request.tools.map(({ name }) => name)).toEqual(["hold", "broken"]);
  first.end(saying("so"), calling("1", "hold", { input: "a" }));

  await until(id, ({ generation_attempt: attempt }) => attempt === 1 && held.length === 1);
  held[0]?.end({ held: true });
  const second = await world.models.askedFor(2);
  expect(second.request.messages.slice(1)).toEqual([
    {
      role: "assistant",
      content: [
        { type: "text", text: "so" },
        { type: "tool-call", toolCallId: "1", toolName: "hold", args: { input: "a" } },
      ],
    },
    { role: "tool", content: [{ toolCallId: "1", toolName: "hold", result: { held: true } }] },
  ]);
  second.end(saying("done"));

  await status(id, "waiting");
  await expect(said(id)).resolves.toEqual([
    "system: be kind",
    "user: hello",
    "assistant: so, call 1",
    'tool: result 1 {"held":true}',
    "assistant: done",
  ]);
  await expect(world.row(id)).resolves.toMatchObject({ worker_id: null, runner_id: null, last_error: null });
  const [answer] = (await world.history(id)).filter(({ role }) => role === "assistant");
  expect(answer).toMatchObject({ input_tokens: 100, output_tokens: 20, context_limit: 100_000, runtime_ms: 7 });
});

test("[chat 141] [chat 142] tools of one answer run together; their results are one commit, in the order of the calls", async () => {
  await using _work = world.replica.work();
  const id = await world.begin();
  (await world.models.askedFor(1)).end(
    calling("1", "hold", { input: "a" }),
    calling("2", "broken"),
    calling("3", "hold", { input: "b" }),
  );
  await until(id, () => held.length === 2);
  held[1]?.end("second");
  held[0]?.end("first");
  await world.models.askedFor(2);

  const results = (await world.history(id)).filter(({ role }) => role === "tool");
  expect((await said(id)).slice(2)).toEqual([
    'tool: result 1 "first"',
    'tool: result 2 {"error":"[internal] The tool \\"broken\\" failed."}',
    'tool: result 3 "second"',
  ]);
  expect(new Set(results.map(({ revision }) => revision)).size).toBe(1);
});

test("[chat 108] what waits is said when the turn has ended", async () => {
  await using _work = world.replica.work();
  const id = await world.begin();
  const first = await world.models.askedFor(1);
  await send(id, "a");
  await send(id, "b");
  first.end(saying("1"));
  (await world.models.askedFor(2)).end(saying("2"));
  (await world.models.askedFor(3)).end(saying("3"));
  await status(id, "waiting");

  await expect(said(id)).resolves.toEqual([
    "user: hello",
    "assistant: 1",
    "user: a",
    "assistant: 2",
    "user: b",
    "assistant: 3",
  ]);
});

test("[chat 109] a message that interrupts comes after what was said until then", async () => {
  await using _work = world.replica.work();
  const id = await world.begin();
  const first = await world.models.askedFor(1);
  first.say("half of ");
  first.say("it");
  await send(id, "stop", { busy_behavior: "interrupt" });
  const second = await world.models.askedFor(2);

  expect(first.request.signal.aborted).toBe(true);
  await expect(said(id)).resolves.toEqual(["user: hello", "assistant: half of it", "user: stop"]);
  const partial = (await world.history(id)).find(({ role }) => role === "assistant");
  expect(partial).toMatchObject({ input_tokens: null, content: [{ type: "text", text: "half of it" }] });
  second.end(saying("ok"));
  await status(id, "waiting");
});

test("[chat 138] a tool that does not heed the interruption is not waited for, and its result is not taken", async () => {
  await using _work = world.replica.work();
  const id = await world.begin();
  (await world.models.askedFor(1)).end(calling("1", "hold", { input: "a" }));
  await until(id, () => held.length === 1);
  expect((await world.ask("POST", `/${id}/interrupt`)).status).toBe(200);
  await status(id, "waiting");
  const before = await said(id);
  held[0]?.end("late");
  expect(before.at(-1)).toMatch(/^tool: result 1 \{"error":"This call was interrupted/);
  await send(id, "go on");
  (await world.models.askedFor(2)).end(saying("ok"));
  await status(id, "waiting");
  await expect(said(id)).resolves.toEqual([...before, "user: go on", "assistant: ok"]);
});

test("[chat 117] an edit ends the work, and nothing of it is stored", async () => {
  await using _work = world.replica.work();
  const id = await world.begin();
  const first = await world.models.askedFor(1);
  first.say("half");
  const [message] = await world.history(id);
  expect((await world.ask("PATCH", `/${id}/messages/${message?.id ?? 0}`, text("edited"))).status).toBe(200);
  const second = await world.models.askedFor(2);

  expect(first.request.signal.aborted).toBe(true);
  expect(second.request.messages).toEqual([{ role: "user", content: [{ type: "text", text: "edited" }] }]);
  second.end(saying("ok"));
  await status(id, "waiting");
  await expect(said(id)).resolves.toEqual(["user: edited", "assistant: ok"]);
});

describe("tools of the client", () => {
  const tools = [{ name: "ask", input_schema: { type: "object" } }];

  test("its own tools run first, then the chat waits, and goes on with the results", async () => {
    await using _work = world.replica.work();
    const id = await world.begin("hello", { unsafe_dynamic_tools: tools });
    (await world.models.askedFor(1)).end(calling("1", "ask", { q: 1 }), calling("2", "hold", { input: "a" }));
    await until(id, () => held.length === 1);
    held[0]?.end("local");
    await status(id, "requires_action");
    expect((await world.row(id)).requires_action_deadline_at?.getTime()).toBe(clock.now() + 300_000);
    const results = [{ tool_call_id: "1", output: { yes: true } }];
    expect((await world.ask("POST", `/${id}/tool-results`, { results })).status).toBe(204);
    const second = await world.models.askedFor(2);

    expect(second.request.messages.slice(2)).toEqual([
      { role: "tool", content: [{ toolCallId: "2", toolName: "hold", result: "local" }] },
      { role: "tool", content: [{ toolCallId: "1", toolName: "ask", result: { yes: true } }] },
    ]);
    second.end(saying("ok"));
    await status(id, "waiting");
  });

  test("[chat 112] results that do not come in time are cancelled, and the model is told", async () => {
    await using _work = world.replica.work();
    const id = await world.begin("hello", { unsafe_dynamic_tools: tools });
    (await world.models.askedFor(1)).end(calling("1", "ask"));
    await status(id, "requires_action");
    await clock.asleep("chat-deadline");
    await clock.advance(300_000);
    const second = await world.models.askedFor(2);

    expect(second.request.messages.at(-1)).toMatchObject({
      role: "tool",
      content: [{ toolCallId: "1", isError: true }],
    });
    second.end(saying("ok"));
    await status(id, "waiting");
  });
});

describe("a model that fails", () => {
  test("[chat 144] is asked again after waits that grow, and answers once", async () => {
    await using _work = world.replica.work();
    const id = await world.begin();
    const waits: unknown[] = [];
    for (let at = 1; at <= 2; at++) {
      const asked = await world.models.askedFor(at);
      asked.say("void");
      asked.fail(failure(true));
      await clock.asleep("chat-retry");
      const { retry_state: retry } = await world.row(id);
      waits.push([retry?.attempt, retry?.delay_ms, retry?.kind, retry?.status_code]);
      await clock.advance(retry?.delay_ms ?? 0);
    }
    (await world.models.askedFor(3)).end(saying("ok"));
    await status(id, "waiting");

    expect(waits).toMatchObject([
      [1, expect.any(Number), "overloaded", 529],
      [2, expect.any(Number), "overloaded", 529],
    ]);
    await expect(said(id)).resolves.toEqual(["user: hello", "assistant: ok"]);
    await expect(world.row(id)).resolves.toMatchObject({ retry_state: null });
  });

  test("is left alone for as long as its provider asks, where that is longer", async () => {
    await using _work = world.replica.work();
    const id = await world.begin();
    (await world.models.askedFor(1)).fail(failure(true, { retryAfterMs: 90_000 }));
    await clock.asleep("chat-retry");

    expect((await world.row(id)).retry_state?.delay_ms).toBe(90_000);
  });

  test("[chat 145] in a way that does not pass is not asked again", async () => {
    await using _work = world.replica.work();
    const id = await world.begin();
    (await world.models.askedFor(1)).fail(
      new StepFailed({ error: { kind: "auth", message: "no", retryable: false, status_code: 401 } }),
    );
    await status(id, "error");

    await expect(world.row(id)).resolves.toMatchObject({ last_error: { kind: "auth", status_code: 401 } });
    expect(world.models.asked).toHaveLength(1);
  });

  test("[chat 146] twenty-five times is given up", async () => {
    await using _work = world.replica.work();
    const id = await world.begin();
    for (let at = 1; at <= 25; at++) {
      (await world.models.askedFor(at)).fail(failure(true));
      if (at === 25) break;
      await clock.asleep("chat-retry");
      await clock.advance(60_000);
    }
    await status(id, "error");

    await expect(world.row(id)).resolves.toMatchObject({ last_error: { kind: "overloaded" } });
  });

  test("[chat 148] with an empty answer is asked once more, and then it is an error", async () => {
    await using _work = world.replica.work();
    const id = await world.begin();
    (await world.models.askedFor(1)).fail(failure(true, { reason: "empty" }));
    await clock.asleep("chat-retry");
    await clock.advance(60_000);
    (await world.models.askedFor(2)).fail(failure(true, { reason: "empty" }));
    await status(id, "error");
    expect(world.models.asked).toHaveLength(2);
  });
});

test("[chat 218] the chat of whoever may not come in any more stops at its next step", async () => {
  await using _work = world.replica.work();
  const id = await world.begin();
  const first = await world.models.askedFor(1);
  await world.db.updateTable("users").set({ status: "suspended" }).where("id", "=", world.ada.id).execute();
  world.pubsub.publish("user_access", world.ada.id, {});
  first.end(calling("1", "hold", { input: "a" }));
  await status(id, "error");

  expect(held).toEqual([]);
  await expect(world.row(id)).resolves.toMatchObject({ last_error: { kind: "auth" } });
});

describe("replicas", () => {
  test("[chat 128] of several one has a chat", async () => {
    const others = [await world.anotherReplica(), await world.anotherReplica()];
    await using _first = world.replica.work();
    await using _second = others[0]?.work();
    await using _third = others[1]?.work();
    const ids = await Promise.all(Array.from({ length: 6 }, (_, at) => world.begin(`${at}`)));
    for (const id of ids) await until(id, ({ worker_id: worker }) => worker !== null);
    const replicas = [world.replica, ...others];
    for (const { models } of replicas) for (const asked of models.asked) asked.end(saying("ok"));
    for (const id of ids) {
      await until(id, ({ status: now }) => {
        for (const { models } of replicas) for (const asked of models.asked) asked.end(saying("ok"));
        return now === "waiting";
      });
    }

    expect(replicas.flatMap(({ models }) => models.asked)).toHaveLength(ids.length);
    for (const id of ids) expect((await world.history(id)).filter(({ role }) => role === "assistant")).toHaveLength(1);
  });

  test("[chat 129] [chat 131] the chat of one that is lost is another's, which begins the step anew; what the first says then is refused", async () => {
    await using _first = world.replica.work();
    const id = await world.begin();
    const lost = await world.models.askedFor(1);
    const { runner_id: before } = await world.row(id);
    await world.replica.die();
    const other = await world.anotherReplica();
    await using _second = other.work();
    const again = await other.models.askedFor(1);
    const row = await world.row(id);
    expect(row.worker_id).toBe(other.id);
    expect(row.runner_id).not.toBe(before);
    lost.end(saying("of the lost"));
    again.end(saying("once"));
    await status(id, "waiting");

    await expect(said(id)).resolves.toEqual(["user: hello", "assistant: once"]);
  });

  test("[chat 130] [chat 136] what was not announced is found within a second", async () => {
    await using _work = world.replica.work();
    await clock.asleep("chat-acquire");
    const id = await world.begin();
    (await world.models.askedFor(1)).end(saying("ok"));
    await status(id, "waiting");
    await world.setState(id, { status: "running" });
    await clock.asleep("chat-acquire");
    await clock.advance(1_000);

    await status(id, "waiting"); // an answer stands already: the turn is over
  });

  test("[chat 134] one that stops gives its chats up, and others go on with them", async () => {
    const other = await world.anotherReplica();
    let id = "";
    {
      await using _first = world.replica.work();
      id = await world.begin();
      await world.models.askedFor(1);
    }
    await expect(world.row(id)).resolves.toMatchObject({ worker_id: null, runner_id: null, status: "running" });
    await using _second = other.work();
    (await other.models.askedFor(1)).end(saying("ok"));
    await status(id, "waiting");
  });

  test("[chat 140] who has a hundred chats that wait keeps nobody else waiting", async () => {
    for (let at = 0; at < 15; at++) await world.begin(`${at}`);
    await clock.advance(1_000);
    const id = await world.begin("mine", { by: world.bob });

    const ctx = contextOfSystem("chats");
    const ask = { workerId: randomUUID(), nowMs: clock.now(), batch: 10 };
    const first = await acquireChats(ctx, world, authorize(ctx, "chat:update", {}), ask);

    expect(first).toHaveLength(10);
    expect(first.map((row) => row.id)).toContain(id);
  });
});

test("[chat 135] a commit that fails is tried again, and an interruption is heeded in between", async () => {
  await using _work = world.replica.work();
  const id = await world.begin();
  const first = await world.models.askedFor(1);
  await world.db.schema.alterTable("chat_messages").renameTo("away").execute();
  first.end(saying("lost for a while"));
  await clock.asleep("chat-task");
  await world.db.schema.alterTable("away").renameTo("chat_messages").execute();
  expect((await world.ask("POST", `/${id}/interrupt`)).status).toBe(200);
  await status(id, "waiting");
});

test("a steady turn with one tool call costs few statements", async () => {
  await using _work = world.replica.work();
  const id = await world.begin();
  (await world.models.askedFor(1)).end(saying("ready"));
  await status(id, "waiting");
  await clock.asleep("chat-acquire");
  const before = world.statements.length;

  await send(id, "go");
  (await world.models.askedFor(2)).end(calling("1", "hold", { input: "a" }));
  await until(id, () => held.length === 1);
  held[0]?.end("ok");
  (await world.models.askedFor(3)).end(saying("done"));
  await status(id, "waiting");

  // What the test itself asks apart.
  const turn = world.statements.slice(before).filter((sql) => !sql.startsWith('select * from "chats"'));
  expect(turn.length, turn.map((sql) => sql.slice(0, 120)).join("\n")).toBeLessThanOrEqual(12);
});

testRights("chats", {
  "chat:update": {
    async "carries on the chats of whoever began them"(part, log) {
      await using _work = world.replica.work(part, log);
      const id = await world.begin();
      await clock.asleep("chat-acquire");
      return (await world.row(id)).worker_id !== null;
    },
  },
});
