import { FakeClock } from "@hearth/base/fake-clock";
import { systemClock } from "@hearth/base";
import type { ChatModelCallConfig } from "@hearth/sdk";
import { ModelServer, type Deed, type Turn } from "@hearth/testkit/model-server";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ProviderType } from "../providers/provider-types.ts";
import { buildModel, type Connection } from "./build-model.ts";
import { guardedFetch } from "./guarded-fetch.ts";
import { StepFailed } from "./model-error.ts";
import { modelStep, type StepRequest } from "./model-step.ts";
import { shownWords } from "./provider-fault.ts";
import { silenceTag } from "./silence.ts";
import type { StepPart } from "./step-part.ts";

// Against the real HTTP of three providers, through their real libraries.

const apiKey = "sk-test-0123456789";
const dialects = ["openai", "openai chat", "openai-compat", "anthropic"] as const;
type Dialect = (typeof dialects)[number];

let server: ModelServer;
beforeAll(async () => {
  server = await ModelServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => server.follow([]));

async function modelOf(dialect: Dialect, options: ChatModelCallConfig = {}, fetch = guardedFetch()) {
  const type: ProviderType = dialect === "openai chat" ? "openai" : dialect;
  const connection: Connection = {
    type,
    baseUrl: server.baseUrl,
    apiKey,
    model: "scripted",
    usesChatCompletions: dialect === "openai chat",
  };
  return {
    provider: type,
    options,
    languageModel: await buildModel(connection, fetch),
    shown: (words: string) => shownWords(words, apiKey),
  };
}

const hello = [{ role: "user", content: [{ type: "text", text: "hello" }] }] as const;
const readFile = {
  name: "read_file",
  description: "Reads a file",
  inputSchema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
} as const;

interface Asked {
  readonly turn: Turn;
  readonly options?: ChatModelCallConfig;
  readonly request?: Partial<StepRequest>;
  readonly fetch?: typeof fetch;
}

/** Makes one step, with what was told on the way. */
async function step(dialect: Dialect, { turn, options, request, fetch }: Asked) {
  server.follow([turn]);
  const told: StepPart[] = [];
  const result = await modelStep(await modelOf(dialect, options, fetch), {
    system: ["Be brief."],
    messages: hello,
    tools: [readFile],
    signal: new AbortController().signal,
    clock: systemClock,
    onPart: (part) => told.push(part),
    ...request,
  });
  return { ...result, told };
}

async function failureOf(dialect: Dialect, asked: Asked): Promise<StepFailed> {
  try {
    await step(dialect, asked);
  } catch (error) {
    if (error instanceof StepFailed) return error;
    throw error;
  }
  throw new Error("the step did not fail");
}

const plain = (parts: readonly StepPart[]) =>
  parts.map((part) => {
    if (part.type === "text" || part.type === "reasoning") return [part.type, part.text];
    if (part.type === "tool-call") return [part.tool_call_id, part.tool_name, part.args ?? part.args_delta];
    return [part.type];
  });

test.for(dialects)("%s: text comes as it is said, and is whole in the end", async (dialect) => {
  const usage = { input: 100, output: 20, cacheRead: 40 };

  const {
    parts,
    told,
    finish,
    usage: counted,
    providerResponseId,
  } = await step(dialect, {
    turn: { deeds: [{ say: ["Hel", "lo"] }], usage, responseId: "r-1" },
  });

  expect(plain(told)).toEqual([
    ["text", "Hel"],
    ["text", "lo"],
  ]);
  expect(plain(parts)).toEqual([["text", "Hello"]]);
  expect(finish).toBe("stop");
  expect(counted).toMatchObject({ input_tokens: 60, output_tokens: 20, cache_read_tokens: 40 });
  expect(providerResponseId).toBe("r-1");
});

test.for(dialects)("%s: calls come with their arguments in pieces, and several at once", async (dialect) => {
  const { parts, told, finish } = await step(dialect, {
    turn: {
      deeds: [
        { say: "I look." },
        { call: { id: "c1", name: "read_file", args: { path: "/a" } }, chunks: 3 },
        { call: { id: "c2", name: "read_file", args: { path: "/b" } } },
      ],
    },
  });

  expect(finish).toBe("tool-calls");
  expect(plain(parts)).toEqual([
    ["text", "I look."],
    ["c1", "read_file", { path: "/a" }],
    ["c2", "read_file", { path: "/b" }],
  ]);
  const deltas = told.flatMap((part) => (part.type === "tool-call" && part.args_delta ? [part] : []));
  expect(
    deltas
      .filter(({ tool_call_id: id }) => id === "c1")
      .map((part) => part.args_delta)
      .join(""),
  ).toBe('{"path":"/a"}');
  expect(new Set(deltas.map((part) => part.tool_name))).toEqual(new Set(["read_file"]));
  // The whole call comes after its pieces.
  const whole = told.findIndex((part) => part.type === "tool-call" && part.args !== undefined);
  expect(told.slice(0, whole).some((part) => part.type === "tool-call" && part.args_delta !== undefined)).toBe(true);
});

test.for(dialects)(
  "%s: arguments that are no JSON, and tools that are not there, are the dispatcher's business",
  async (dialect) => {
    const { parts } = await step(dialect, {
      turn: {
        deeds: [
          { call: { id: "c1", name: "read_file", args: '{"path": ' } },
          { call: { id: "c2", name: "no_such_tool", args: { a: 1 } } },
        ],
      },
    });

    expect(plain(parts)).toEqual([
      ["c1", "read_file", '{"path": '],
      ["c2", "no_such_tool", { a: 1 }],
    ]);
  },
);

test.for(["openai", "openai-compat", "anthropic"] as const)("%s: reasoning is apart from text", async (dialect) => {
  const { parts, told } = await step(dialect, {
    turn: { deeds: [{ think: ["Let me ", "see."] }, { say: "42" }], usage: { reasoning: 7 } },
  });

  expect(plain(parts)).toEqual([
    ["reasoning", "Let me see."],
    ["text", "42"],
  ]);
  expect(plain(told).slice(0, 2)).toEqual([
    ["reasoning", "Let me "],
    ["reasoning", "see."],
  ]);
});

test.for(dialects)("%s: the last word before the limit is told as such", async (dialect) => {
  const { finish } = await step(dialect, { turn: { deeds: [{ say: "and the" }], ending: "length" } });

  expect(finish).toBe("length");
});

test.for(dialects)("%s: a refusal without a word is a fault of its own kind", async (dialect) => {
  const { error } = await failureOf(dialect, { turn: { deeds: [], ending: "refusal" } });

  expect(error).toMatchObject({ kind: "content_filter", retryable: false });
});

test.for(dialects)("%s: an empty answer is a fault that is tried again [chat 148]", async (dialect) => {
  const { error, reason } = await failureOf(dialect, { turn: { deeds: [] } });

  expect(error).toMatchObject({ kind: "generic", retryable: true });
  expect(reason).toBe("empty");
});

test.for(
  dialects.flatMap((dialect) =>
    (
      [
        [401, "auth", false],
        [408, "timeout", true],
        [429, "rate_limit", true],
        [500, "generic", true],
        [529, "overloaded", true],
        [307, "config", false],
      ] as const
    ).map(([status, kind, retryable]) => ({ dialect, status, kind, retryable })),
  ),
)("$dialect: a $status is $kind, asked once [chat 145]", async ({ dialect, status, kind, retryable }) => {
  const headers = status === 307 ? { location: "http://127.0.0.1:1/elsewhere" } : { "retry-after": "7" };

  const { error, retryAfterMs } = await failureOf(dialect, { turn: { status, headers } });

  expect(error).toMatchObject({ kind, retryable, status_code: status });
  if (status !== 307) expect(retryAfterMs).toBe(7000);
  expect(server.requests).toHaveLength(1);
});

test.for(dialects)("%s: too long a prompt is told apart [chat 153]", async (dialect) => {
  const { error, reason } = await failureOf(dialect, {
    turn: { status: 400, type: "context_length_exceeded", message: "prompt is too long: 9 tokens > 8 maximum" },
  });

  expect(error).toMatchObject({ kind: "config", retryable: false });
  expect(reason).toBe("context_length");
});

test.for(dialects)("%s: a stream that is cut is a fault, whatever was said [chat 147]", async (dialect) => {
  const { error } = await failureOf(dialect, { turn: { deeds: [{ say: "Hel" }, { cut: true }] } });

  expect(error.retryable).toBe(true);
});

test.for(dialects)("%s: a chunk that cannot be read is a fault that is tried again", async (dialect) => {
  const { error } = await failureOf(dialect, { turn: { deeds: [{ say: "Hel" }, { raw: "data: {nonsense\n\n" }] } });

  expect(error).toMatchObject({ kind: "generic", retryable: true });
});

test.for(dialects)("%s: what fails in the middle is told by its name", async (dialect) => {
  const { error } = await failureOf(dialect, {
    turn: { deeds: [{ say: "Hel" }, { fail: { type: "overloaded_error", message: "Overloaded" } }] },
  });

  expect(error).toMatchObject({ kind: "overloaded", retryable: true });
});

test.for(dialects)("%s: silence before the first part ends after two minutes [chat 147]", async (dialect) => {
  const clock = new FakeClock();
  const failing = failureOf(dialect, { turn: { deeds: [{ until: forever() }] }, request: { clock } });
  await clock.asleep(silenceTag);
  await server.untilAsked(1);

  await clock.advance(120_000);

  expect((await failing).error).toMatchObject({ kind: "stream_silence_timeout", retryable: true });
  expect(clock.pending()).toEqual([]);
});

test("between parts it is a minute, from the last of them [chat 147]", async () => {
  const clock = new FakeClock();
  const told: StepPart[] = [];
  const first = Promise.withResolvers<void>();
  const failing = failureOf("openai chat", {
    turn: { deeds: [{ say: "Hel" }, { until: forever() }] },
    request: {
      clock,
      onPart(part) {
        told.push(part);
        first.resolve();
      },
    },
  });
  await first.promise;

  await clock.advance(59_999);
  expect(clock.pending()).not.toEqual([]);
  await clock.advance(1);

  expect((await failing).error.kind).toBe("stream_silence_timeout");
  expect(told).toHaveLength(1);
});

test("whoever gives up is told so, and the connection ends", async () => {
  const controller = new AbortController();
  const running = step("anthropic", {
    turn: { deeds: [{ until: forever() }] },
    request: { signal: controller.signal },
  });
  await server.untilAsked(1);

  controller.abort(new Error("interrupted"));

  await expect(running).rejects.toThrow("interrupted");
});

test.for(dialects)("%s: an answer larger than is taken ends", async (dialect) => {
  const deeds: Deed[] = [{ say: Array.from({ length: 50 }, () => "x".repeat(100)) }];

  const { error } = await failureOf(dialect, { turn: { deeds }, fetch: guardedFetch(2_000) });

  expect(error).toMatchObject({ kind: "generic", retryable: false });
});

test.for(dialects)("%s: nothing of the key or the prompt is in an error", async (dialect) => {
  const message = `Incorrect API key provided: ${apiKey}. Prompt was: hello`;

  const failure = await failureOf(dialect, { turn: { status: 401, message } });

  const all = JSON.stringify([failure.error, failure.message, failure.stack, failure.cause]);
  expect(all).not.toContain(apiKey);
  expect(failure.error.detail).toContain("[key]");
});

test("nobody there is a connection that was lost, without saying where", async () => {
  const model = await modelOf("openai");
  const languageModel = await buildModel(
    { type: "openai", baseUrl: "http://127.0.0.1:1/v1", apiKey, model: "m" },
    guardedFetch(),
  );
  const asking = modelStep(
    { ...model, languageModel },
    {
      system: [],
      messages: hello,
      tools: [],
      signal: new AbortController().signal,
      clock: systemClock,
      onPart: () => undefined,
    },
  );

  await expect(asking).rejects.toMatchObject({ error: { kind: "generic", retryable: true } });
  await expect(asking).rejects.not.toMatchObject({ error: { detail: expect.stringContaining("127.0.0.1") as string } });
});

test("what is asked has keys, identity, tools without a run, and images", async () => {
  await step("openai chat", {
    turn: { deeds: [{ say: "A cat." }] },
    options: { temperature: 0.5, provider_options: { openai: { user: "u", parallel_tool_calls: false } } },
    request: {
      identity: { ownerId: "o", chatId: "c", workspaceId: "w" },
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "file", mediaType: "image/png", data: new Uint8Array([1, 2, 3]) },
          ],
        },
      ],
    },
  });

  const [request] = server.requests;
  expect(request?.headers).toMatchObject({
    authorization: `Bearer ${apiKey}`,
    "x-hearth-owner-id": "o",
    "x-hearth-chat-id": "c",
    "x-hearth-workspace-id": "w",
  });
  expect(request?.body).toMatchObject({
    stream: true,
    temperature: 0.5,
    user: "u",
    parallel_tool_calls: false,
    tools: [{ type: "function", function: { name: "read_file", parameters: readFile.inputSchema } }],
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AQID" } },
        ],
      },
    ],
  });
});

test("Anthropic keeps the last system message and the last two messages", async () => {
  const says = (role: "user" | "assistant", text: string) => ({ role, content: [{ type: "text" as const, text }] });
  await step("anthropic", {
    turn: { deeds: [{ say: "ok" }] },
    request: {
      system: ["one", "two"],
      messages: [says("user", "a"), says("assistant", "b"), says("user", "c")],
    },
  });

  const body = server.requests[0]?.body as { system: object[]; messages: { content: object[] }[] }; // as Anthropic has it
  const isMarked = (part: object | undefined) => part !== undefined && "cache_control" in part;
  expect(body.system.map(isMarked)).toEqual([false, true]);
  expect(body.messages.map(({ content }) => isMarked(content.at(-1)))).toEqual([false, true, true]);
});

test("results of tools come back to their calls, as errors where they are", async () => {
  await step("openai chat", {
    turn: { deeds: [{ say: "ok" }] },
    request: {
      messages: [
        ...hello,
        {
          role: "assistant",
          content: [{ type: "tool-call", toolCallId: "c1", toolName: "read_file", args: { path: "/a" } }],
        },
        {
          role: "tool",
          content: [{ toolCallId: "c1", toolName: "read_file", result: { error: "no such file" }, isError: true }],
        },
      ],
    },
  });

  expect(server.requests[0]?.body["messages"]).toEqual([
    { role: "system", content: "Be brief." },
    { role: "user", content: "hello" },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "read_file", arguments: '{"path":"/a"}' } }],
    },
    { role: "tool", tool_call_id: "c1", content: '{"error":"no such file"}' },
  ]);
});

test.for([
  ["openai", { reasoning: { effort: "high" } }],
  ["openai chat", { reasoning_effort: "high" }],
  ["openai-compat", { reasoning_effort: "high" }],
] as const)("%s is asked to think as hard as its max, when more is wanted [chat 211]", async ([dialect, body]) => {
  await step(dialect, {
    turn: { deeds: [{ say: "ok" }] },
    options: { reasoning_effort: { max: "high" }, openai_config: { reasoning_model: true } },
    request: { effort: "max" },
  });

  expect(server.requests[0]?.body).toMatchObject(body);
});

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
