import { ReasoningEffort, type ChatModelCallConfig } from "@hearth/sdk";

const scale = ReasoningEffort.options;

/** The effort, or `max` where that is lower. Pure. */
export function effortWithin(effort: ReasoningEffort, max: ReasoningEffort | undefined): ReasoningEffort {
  return max === undefined || scale.indexOf(effort) <= scale.indexOf(max) ? effort : max;
}

/**
 * How hard a model is asked to think: what the chat said last, else what the model has, no more than its max; undefined for a
 * model without the setting, whatever the chat said. Pure. @see spec "AI chat" §16.5
 */
export function effectiveEffort(
  options: ChatModelCallConfig,
  asked: ReasoningEffort | undefined,
): ReasoningEffort | undefined {
  const setting = options.reasoning_effort;
  if (setting === undefined) return undefined;
  const effort = asked ?? setting.default;
  return effort === undefined ? undefined : effortWithin(effort, setting.max);
}

/** Those that a chat with the model may ask for, from the least on. Pure. */
export function effortsOf(options: ChatModelCallConfig): ReasoningEffort[] {
  const setting = options.reasoning_effort;
  return setting === undefined ? [] : scale.filter((effort) => effortWithin(effort, setting.max) === effort);
}
