import type { FinishReason, LanguageModel, LanguageModelUsage, TextStreamPart, ToolSet } from "ai";
import type { Clock } from "@hearth/base";
import type { ChatModelCallConfig, ReasoningEffort } from "@hearth/sdk";
import { effectiveEffort } from "../models/reasoning-effort.ts";
import type { ProviderType } from "../providers/provider-types.ts";
import { callSettings } from "./call-settings.ts";
import { classifyFailure } from "./classify-failure.ts";
import { PartCollector } from "./collect-parts.ts";
import { identityHeaders, type StepIdentity } from "./identity-headers.ts";
import { StepFailed } from "./model-error.ts";
import type { PromptMessage, ToolSchema } from "./prompt-message.ts";
import type { ProviderFault } from "./provider-fault.ts";
import { readFault } from "./read-fault.ts";
import { SilenceGuard, type SilenceLimits } from "./silence.ts";
import type { StepPart } from "./step-part.ts";
import { toSdkPrompt } from "./to-sdk-prompt.ts";

/** As much of a resolved model as a step needs. */
export interface StepModel {
  readonly provider: ProviderType;
  readonly options: ChatModelCallConfig;
  readonly languageModel: LanguageModel;
  /** What of a provider's words may be shown: without the key. */
  readonly shown: (words: string) => string;
}

export interface StepRequest {
  readonly system: readonly string[];
  readonly messages: readonly PromptMessage[];
  readonly tools: readonly ToolSchema[];
  /** What the chat said last; the model's own otherwise. */
  readonly effort?: ReasoningEffort | undefined;
  readonly identity?: StepIdentity | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** What is new, as it comes. */
  readonly onPart: (part: StepPart) => void;
  readonly silence?: SilenceLimits;
}

/** Tokens, as far as the provider tells: of the prompt, what was read from and written to a cache is apart. */
export interface StepUsage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly total_tokens?: number;
  readonly reasoning_tokens?: number;
  readonly cache_creation_tokens?: number;
  readonly cache_read_tokens?: number;
}

export interface StepResult {
  /** Whole, in order. */
  readonly parts: readonly StepPart[];
  readonly finish: "tool-calls" | "stop" | "length" | "content-filter" | "other";
  readonly usage: StepUsage;
  readonly providerResponseId: string | undefined;
  /** From the request to the end of the answer. */
  readonly runtimeMs: number;
}

/**
 * One answer of a model, streamed. No tool is run and nothing is tried again.
 *
 * @throws StepFailed when the model does not answer, or not to the end: what was told by `onPart` is void
 * @throws the reason of `signal` when that aborts
 * @see spec "AI chat" §7.2, §7.3
 */
export async function modelStep(model: StepModel, request: StepRequest): Promise<StepResult> {
  const { clock, signal } = request;
  signal.throwIfAborted();
  const startMs = clock.now();
  const failed = (fault: ProviderFault) => new StepFailed(classifyFailure(fault, model.provider));
  using guard = new SilenceGuard(clock, signal, request.silence);
  const parts = new PartCollector(() => clock.now());
  let end: FinishedStep | undefined;
  try {
    for await (const part of await streamOf(model, request, guard.signal)) {
      guard.heard();
      if (part.type === "error") throw part.error;
      if (part.type === "abort") break;
      if (part.type === "finish-step") end = finishedOf(part);
      const told = parts.take(part);
      if (told !== undefined) request.onPart(told);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (guard.isSilent) throw failed({ kind: "silent" });
    throw failed(readFault(error, { shown: model.shown, nowMs: clock.now() }));
  }
  signal.throwIfAborted();
  if (guard.isSilent) throw failed({ kind: "silent" });
  if (end === undefined || !end.isMarked) throw failed({ kind: "cut" });
  const said = parts.joined();
  const fault = faultOfEnd(end, said);
  if (fault !== undefined) throw failed(fault);
  return {
    parts: said,
    finish: wordOf(end.reason),
    usage: end.usage,
    providerResponseId: end.responseId,
    runtimeMs: clock.now() - startMs,
  };
}

async function streamOf(model: StepModel, request: StepRequest, signal: AbortSignal) {
  // What it would print goes past the log, at each request anew.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const { streamText, jsonSchema, tool } = await import("ai");
  const tools: ToolSet = Object.fromEntries(
    request.tools.map(({ name, description, inputSchema }) => [
      name,
      tool({ description, inputSchema: jsonSchema(inputSchema) }),
    ]),
  );
  const { provider, options } = model;
  const isAnthropic = provider === "anthropic" || provider === "bedrock";
  return streamText({
    model: model.languageModel,
    ...toSdkPrompt(request.system, request.messages, { isAnthropic }),
    ...(request.tools.length === 0 ? {} : { tools }),
    ...callSettings(provider, options, effectiveEffort(options, request.effort)),
    headers: identityHeaders(request.identity),
    abortSignal: signal,
    maxRetries: 0,
    telemetry: { isEnabled: false },
    // It is in the stream; without this the library prints it, with the request in it.
    onError: () => undefined,
  }).stream;
}

interface FinishedStep {
  readonly reason: FinishReason;
  /** The provider has said that it ends; a stream that just ends has not. */
  readonly isMarked: boolean;
  readonly usage: StepUsage;
  readonly responseId: string | undefined;
}

function finishedOf(part: Extract<TextStreamPart<ToolSet>, { type: "finish-step" }>): FinishedStep {
  return {
    reason: part.finishReason,
    isMarked: !isCut(part.finishReason, part.rawFinishReason),
    usage: usageOf(part.usage),
    responseId: part.response.id,
  };
}

/** Not every provider of the library tells a cut apart from a reason that it does not know: that one has a word. */
function isCut(reason: FinishReason, word: string | undefined): boolean {
  return reason === "interrupted" || (reason === "other" && word === undefined);
}

function usageOf({
  inputTokens,
  inputTokenDetails,
  outputTokens,
  outputTokenDetails,
  totalTokens,
}: LanguageModelUsage) {
  const numbers = {
    input_tokens: inputTokenDetails.noCacheTokens ?? inputTokens,
    output_tokens: outputTokens,
    total_tokens: totalTokens,
    reasoning_tokens: outputTokenDetails.reasoningTokens,
    cache_creation_tokens: inputTokenDetails.cacheWriteTokens,
    cache_read_tokens: inputTokenDetails.cacheReadTokens,
  };
  return Object.fromEntries(Object.entries(numbers).filter(([, count]) => count !== undefined)) as StepUsage;
}

/** A response with nothing visible is a fault, never a silent end. @see spec "AI chat" §7.2 [P] */
function faultOfEnd({ reason }: FinishedStep, said: readonly StepPart[]): ProviderFault | undefined {
  if (reason === "error") return { kind: "lost", detail: "" };
  const isVisible = said.some(({ type }) => type === "text" || type === "tool-call");
  if (isVisible) return undefined;
  return reason === "content-filter" ? { kind: "contentFilter" } : { kind: "empty" };
}

function wordOf(reason: FinishReason): StepResult["finish"] {
  const known = (["tool-calls", "stop", "length", "content-filter"] as const).find((word) => word === reason);
  return known ?? "other";
}
