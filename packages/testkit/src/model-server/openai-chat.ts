import { event, type Dialect } from "./dialect.ts";
import { argumentChunks, chunksOf, endingOf, type Answering, type Ending } from "./script.ts";

const reasons: Readonly<Record<Ending, string>> = {
  stop: "stop",
  "tool-calls": "tool_calls",
  length: "length",
  refusal: "content_filter",
};

/** OpenAI's chat completions, with `reasoning_content` as compatible servers have it. */
export const openaiChat: Dialect = {
  name: "openai-chat",
  path: "/chat/completions",
  telling(turn, model) {
    const id = turn.responseId ?? "chatcmpl-scripted";
    const chunk = (choices: readonly unknown[], rest: object = {}) =>
      event({ id, object: "chat.completion.chunk", created: 1, model, choices, ...rest });
    const delta = (value: object, reason: string | null = null) =>
      chunk([{ index: 0, delta: value, finish_reason: reason }]);
    let calls = 0;
    return {
      begin: () => delta({ role: "assistant", content: "" }),
      tell(deed) {
        if ("say" in deed) return chunksOf(deed.say).map((content) => delta({ content }));
        if ("think" in deed) return chunksOf(deed.think).map((text) => delta({ reasoning_content: text }));
        if ("fail" in deed) return [event({ error: { ...deed.fail, code: null } })];
        const index = calls++;
        const { id: callId, name } = deed.call;
        return [
          delta({ tool_calls: [{ index, id: callId, type: "function", function: { name, arguments: "" } }] }),
          ...argumentChunks(deed.call, deed.chunks).map((text) =>
            delta({ tool_calls: [{ index, function: { arguments: text } }] }),
          ),
        ];
      },
      end: () =>
        delta({}, reasons[endingOf(turn)]) +
        (turn.usage === undefined ? "" : chunk([], { usage: usageOf(turn) })) +
        "data: [DONE]\n\n",
    };
  },
  refusal: ({ type, message }) => ({ error: { message, type, param: null, code: type } }),
};

function usageOf({ usage = {} }: Answering) {
  const { input = 0, output = 0, cacheRead = 0, reasoning = 0 } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}
