import { z } from "zod";
import { nextAnswer, type DemoAnswer } from "./next-answer.ts";

/** Where the demo model is: an address that no resolver knows, so that it is nowhere but here. */
export const demoBaseUrl = "http://demo-model.invalid/v1";

/** What the rules look at of a request for a chat completion. */
const Request = z.object({
  messages: z.array(
    z.object({
      role: z.string(),
      content: z.unknown(),
      tool_calls: z.array(z.object({ function: z.object({ name: z.string() }) })).optional(),
    }),
  ),
  tools: z.array(z.object({ function: z.object({ name: z.string() }) })).default([]),
});

/**
 * `fetch` that answers requests to the demo model by itself, in OpenAI's streaming form, and leaves others to `otherwise`.
 * Where it is off it says so: its rows may be older than the server's options.
 */
export function withDemoModel(otherwise: typeof fetch, { isOn }: { readonly isOn: boolean }): typeof fetch {
  return async (input, init) => {
    const url = input instanceof globalThis.Request ? input.url : String(input);
    if (!url.startsWith(`${demoBaseUrl}/`)) return await otherwise(input, init);
    if (!isOn) {
      const message = "The demo model is off: start the server with --demo-model, or choose another model.";
      return Response.json({ error: { message, type: "demo_model_off", param: null, code: null } }, { status: 404 });
    }
    const body = await new Response(init?.body).text();
    const { messages, tools } = Request.parse(JSON.parse(body));
    const answer = nextAnswer(
      messages,
      tools.map((tool) => tool.function.name),
    );
    return new Response(streamOf(answer, { callId: `call_demo_${messages.length}`, promptLength: body.length }), {
      headers: { "content-type": "text/event-stream" },
    });
  };
}

/** As OpenAI streams it: words, the call, why it ends, usage. @see https://platform.openai.com/docs/api-reference/chat-streaming */
function streamOf(
  answer: DemoAnswer,
  { callId, promptLength }: { readonly callId: string; readonly promptLength: number },
): string {
  const event = (choices: readonly unknown[], rest: object = {}) =>
    `data: ${JSON.stringify({ id: callId, object: "chat.completion.chunk", created: 0, model: "demo", choices, ...rest })}\n\n`;
  const delta = (value: object, reason: string | null = null) =>
    event([{ index: 0, delta: value, finish_reason: reason }]);
  const words = answer.text.match(/\s*\S+\s*$|\s*\S+/g) ?? [];
  const call = answer.call && {
    tool_calls: [
      {
        index: 0,
        id: callId,
        type: "function",
        function: { name: answer.call.name, arguments: JSON.stringify(answer.call.args) },
      },
    ],
  };
  // Four letters are about a token.
  const [input, output] = [promptLength, answer.text.length].map((length) => Math.ceil(length / 4));
  return [
    delta({ role: "assistant", content: "" }),
    ...words.map((content) => delta({ content })),
    ...(call === undefined ? [] : [delta(call)]),
    delta({}, call === undefined ? "stop" : "tool_calls"),
    event([], {
      usage: { prompt_tokens: input, completion_tokens: output, total_tokens: (input ?? 0) + (output ?? 0) },
    }),
    "data: [DONE]\n\n",
  ].join("");
}
