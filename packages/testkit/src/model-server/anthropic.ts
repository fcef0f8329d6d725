import { named, type Dialect } from "./dialect.ts";
import { argumentChunks, chunksOf, endingOf, type Ending } from "./script.ts";

const reasons: Readonly<Record<Ending, string>> = {
  stop: "end_turn",
  "tool-calls": "tool_use",
  length: "max_tokens",
  refusal: "refusal",
};

/** Anthropic's messages. */
export const anthropic: Dialect = {
  name: "anthropic",
  path: "/messages",
  telling(turn, model) {
    const id = turn.responseId ?? "msg_scripted";
    const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0 } = turn.usage ?? {};
    let blocks = 0;
    const block = (content: object, deltas: readonly object[]) => {
      const index = blocks++;
      return [
        named("content_block_start", { index, content_block: content }),
        ...deltas.map((delta) => named("content_block_delta", { index, delta })),
        named("content_block_stop", { index }),
      ];
    };
    return {
      begin: () =>
        named("message_start", {
          message: {
            id,
            type: "message",
            role: "assistant",
            model,
            content: [],
            stop_reason: null,
            stop_sequence: null,
            // What is cached is not among `input_tokens` here.
            usage: {
              input_tokens: input - cacheRead - cacheWrite,
              cache_creation_input_tokens: cacheWrite,
              cache_read_input_tokens: cacheRead,
              output_tokens: 1,
            },
          },
        }),
      tell(deed) {
        if ("fail" in deed) return [named("error", { error: deed.fail })];
        if ("say" in deed) {
          return block(
            { type: "text", text: "" },
            chunksOf(deed.say).map((text) => ({ type: "text_delta", text })),
          );
        }
        if ("think" in deed) {
          return block({ type: "thinking", thinking: "", signature: "" }, [
            ...chunksOf(deed.think).map((thinking) => ({ type: "thinking_delta", thinking })),
            { type: "signature_delta", signature: "c2lnbmF0dXJl" },
          ]);
        }
        const { id: callId, name } = deed.call;
        return block(
          { type: "tool_use", id: callId, name, input: {} },
          argumentChunks(deed.call, deed.chunks).map((text) => ({ type: "input_json_delta", partial_json: text })),
        );
      },
      end: () =>
        named("message_delta", {
          delta: { stop_reason: reasons[endingOf(turn)], stop_sequence: null },
          usage: { output_tokens: output },
        }) + named("message_stop", {}),
    };
  },
  refusal: (error) => ({ type: "error", error }),
};
