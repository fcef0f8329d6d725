import { named, type Dialect } from "./dialect.ts";
import { argumentChunks, chunksOf, endingOf } from "./script.ts";

/** OpenAI's responses. */
export const openaiResponses: Dialect = {
  name: "openai-responses",
  path: "/responses",
  telling(turn, model) {
    const id = turn.responseId ?? "resp_scripted";
    const response = { id, object: "response", created_at: 1, model, service_tier: "default" };
    const ending = endingOf(turn);
    let items = 0;
    return {
      begin: () => named("response.created", { response: { ...response, status: "in_progress" } }),
      tell(deed) {
        if ("fail" in deed) {
          const { type: code, message } = deed.fail;
          return [named("error", { code, message, param: null, sequence_number: 0 })];
        }
        const index = items++;
        if ("call" in deed) {
          const item = { type: "function_call", id: `fc_${index}`, call_id: deed.call.id, name: deed.call.name };
          const texts = argumentChunks(deed.call, deed.chunks);
          const whole = texts.join("");
          return [
            named("response.output_item.added", {
              output_index: index,
              item: { ...item, arguments: "", status: "in_progress" },
            }),
            ...texts.map((delta) =>
              named("response.function_call_arguments.delta", { item_id: item.id, output_index: index, delta }),
            ),
            named("response.function_call_arguments.done", { item_id: item.id, output_index: index, arguments: whole }),
            named("response.output_item.done", {
              output_index: index,
              item: { ...item, arguments: whole, status: "completed" },
            }),
          ];
        }
        if ("think" in deed) {
          const item = { type: "reasoning", id: `rs_${index}`, encrypted_content: null };
          const texts = chunksOf(deed.think);
          const at = { item_id: item.id, output_index: index, summary_index: 0 };
          const part = { type: "summary_text", text: texts.join("") };
          return [
            named("response.output_item.added", { output_index: index, item: { ...item, summary: [] } }),
            named("response.reasoning_summary_part.added", { ...at, part: { ...part, text: "" } }),
            ...texts.map((delta) => named("response.reasoning_summary_text.delta", { ...at, delta })),
            named("response.reasoning_summary_part.done", { ...at, part }),
            named("response.output_item.done", { output_index: index, item: { ...item, summary: [part] } }),
          ];
        }
        const item = { type: "message", id: `msg_${index}`, role: "assistant" };
        const texts = chunksOf(deed.say);
        const content = [{ type: "output_text", text: texts.join(""), annotations: [] }];
        return [
          named("response.output_item.added", {
            output_index: index,
            item: { ...item, status: "in_progress", content: [] },
          }),
          ...texts.map((delta) =>
            named("response.output_text.delta", { item_id: item.id, output_index: index, content_index: 0, delta }),
          ),
          named("response.output_item.done", { output_index: index, item: { ...item, status: "completed", content } }),
        ];
      },
      end() {
        const { input = 0, output = 0, cacheRead = 0, reasoning = 0 } = turn.usage ?? {};
        const usage = {
          input_tokens: input,
          input_tokens_details: { cached_tokens: cacheRead },
          output_tokens: output,
          output_tokens_details: { reasoning_tokens: reasoning },
          total_tokens: input + output,
        };
        const reason = ending === "length" ? "max_output_tokens" : ending === "refusal" ? "content_filter" : null;
        return reason === null
          ? named("response.completed", {
              response: { ...response, status: "completed", incomplete_details: null, usage },
            })
          : named("response.incomplete", {
              response: { ...response, status: "incomplete", incomplete_details: { reason }, usage },
            });
      },
    };
  },
  refusal: ({ type, message }) => ({ error: { message, type, param: null, code: type } }),
};
