import { backoffMs } from "@hearth/base";
import type { ChatError, ChatStreamRetry } from "@hearth/sdk";
import { ModelUnavailable, StepFailed, type ResolvedModel, type StepResult } from "../../../ai/index.ts";
import type { ChatPart } from "../../../ground/database/index.ts";
import { decideNextStep } from "../../loop/decide-step.ts";
import { promptOf } from "../../loop/prompt.ts";
import {
  decideAttempt,
  decideError,
  decideFinish,
  decideRequiresAction,
  decideRetry,
  decideStep,
  type MessageUsage,
  type NewMessage,
} from "../../machine/index.ts";
import { callsIn } from "../../messages/synthetic.ts";
import { storable } from "../../messages/storable.ts";
import { runCall } from "../../tools/run-tools.ts";
import { schemaOf } from "../../tools/tool.ts";
import type { ChatWork, WorkDeps } from "../chat-work.ts";
import type { Episode } from "../episodes.ts";

/** One step of a chat that runs: the first that its history asks for. @see spec/chat.md §7.1 */
export async function generate(deps: WorkDeps, work: ChatWork): Promise<void> {
  const { limits, clock } = deps;
  const history = await work.history();
  const dynamicTools = new Set((work.record.dynamic_tools ?? []).map(({ name }) => name));
  const step = decideNextStep(history, { dynamicTools, maxSteps: limits.steps });
  switch (step.next) {
    case "run-tools":
      return await runTools(deps, work, step);
    case "require-action": {
      const deadlineMs = clock.now() + limits.dynamicToolsMs;
      await work.transition((chat) => decideRequiresAction(chat, deadlineMs), { watch: "action_required" });
      return;
    }
    case "finish":
      await work.transition((chat) => decideFinish(chat), { watch: "status_change" });
      return;
    case "stop-at-limit": {
      const notice = `This turn has taken ${limits.steps} steps, which is as many as one may. Say something to go on.`;
      await finishWith(work, { content: [{ type: "text", text: notice }], visibility: "user" });
      return;
    }
    case "ask-model":
      return await askModel(deps, work);
  }
}

async function runTools(
  deps: WorkDeps,
  work: ChatWork,
  { calls, messageId }: Extract<ReturnType<typeof decideNextStep>, { next: "run-tools" }>,
): Promise<void> {
  const { tools, limits, log } = deps;
  const owner = await work.owner();
  if (owner === undefined) return await failWith(work, noOwner);
  const episode = await beginEpisode(deps, work);
  const run = { ctx: owner, chat: work.record, messageId };
  const onFault = (error: unknown, tool: string) => log.error({ err: error, tool }, "a tool of a chat failed");
  const running = calls.map((call) => runCall(tools, call, run, { maxBytes: limits.toolResultBytes, onFault }));
  const insert: NewMessage[] = [];
  for (const result of running) {
    const part = storable(await result);
    work.ctx.signal.throwIfAborted();
    episode.push("tool", part);
    insert.push({ role: "tool", content: [part], model_config_id: work.record.last_model_config_id });
  }
  deps.episodes.close(episode);
  // Where the model is asked next, its attempt begins with this.
  const isNext = callsIn(work.record.open_calls.map(asPart)).length === calls.length;
  await work.transition((chat) => {
    const decision = decideStep(chat, insert);
    return isNext && !("refused" in decision) ? { ...decision, nextAttempt: true } : decision;
  });
}

function asPart(call: { readonly tool_call_id: string; readonly tool_name: string }): ChatPart {
  return { type: "tool-call", ...call };
}

const noOwner: ChatError = {
  kind: "auth",
  message: "The owner of this chat may not come in any more.",
  retryable: false,
};

async function askModel(deps: WorkDeps, work: ChatWork): Promise<void> {
  const { record } = work;
  const { owner_id: ownerId, organization_id: organizationId, last_model_config_id: modelConfigId } = record;
  const owner = await work.owner();
  if (owner === undefined) return await failWith(work, noOwner);
  let model: ResolvedModel;
  try {
    model = await deps.models.resolveModel(owner, { ownerId, organizationId, modelConfigIds: [modelConfigId] });
  } catch (error) {
    if (!(error instanceof ModelUnavailable)) throw error;
    return await failWith(work, error.error);
  }
  let empties = 0;
  for (;;) {
    const episode = await beginEpisode(deps, work);
    try {
      const result = await step(deps, work, model, episode);
      deps.episodes.close(episode);
      return await commitAnswer(work, model, result);
    } catch (error) {
      deps.episodes.close(episode);
      if (!(error instanceof StepFailed)) throw error;
      if (error.reason === "empty") empties++;
      const attempt = work.record.generation_attempt;
      const isOver = !error.error.retryable || attempt >= deps.limits.modelAttempts || empties > 1;
      if (isOver) return await failWith(work, error.error);
      await waitToRetry(deps, work, error, attempt);
    }
  }
}

/** The attempt is written down, and whoever listens hears of it from here on. */
async function beginEpisode(deps: WorkDeps, work: ChatWork): Promise<Episode> {
  if (!work.isAttemptRecorded) await work.transition(decideAttempt);
  const { id: chatId, history_version: historyVersion, generation_attempt: attempt } = work.record;
  return deps.episodes.open({ chatId, historyVersion, attempt });
}

async function step(deps: WorkDeps, work: ChatWork, model: ResolvedModel, episode: Episode): Promise<StepResult> {
  const { system, messages } = promptOf(await work.history());
  const own = deps.tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    inputSchema: schemaOf(tool),
  }));
  const dynamic = (work.record.dynamic_tools ?? []).map(({ name, description = "", input_schema: schema }) => ({
    name,
    description,
    inputSchema: schema ?? { type: "object", properties: {} },
  }));
  return await deps.models.modelStep(model, {
    system,
    messages,
    tools: [...own, ...dynamic],
    signal: work.ctx.signal,
    clock: deps.clock,
    onPart: (part) => episode.push("assistant", storable(part)),
  });
}

async function commitAnswer(work: ChatWork, model: ResolvedModel, result: StepResult): Promise<void> {
  const content = result.parts.map((part) => storable<ChatPart>(part));
  const answer: Omit<NewMessage, "role" | "model_config_id"> = {
    content,
    usage: usageOf(result, model),
    ...(result.providerResponseId === undefined ? {} : { provider_response_id: result.providerResponseId }),
  };
  if (callsIn(content).length === 0) return await finishWith(work, answer, model.configId);
  const insert = [asAnswer(answer, model.configId)];
  await work.transition((chat) => decideStep(chat, insert));
}

async function finishWith(
  work: ChatWork,
  answer: Omit<NewMessage, "role" | "model_config_id">,
  modelConfigId = work.record.last_model_config_id,
): Promise<void> {
  await work.transition((chat) => decideFinish(chat, [asAnswer(answer, modelConfigId)]), { watch: "status_change" });
}

function asAnswer(answer: Omit<NewMessage, "role" | "model_config_id">, modelConfigId: string): NewMessage {
  return { ...answer, role: "assistant", model_config_id: modelConfigId };
}

async function failWith(work: ChatWork, error: ChatError): Promise<void> {
  await work.transition((chat) => decideError(chat, error), { watch: "status_change" });
}

async function waitToRetry(
  { limits, clock }: WorkDeps,
  work: ChatWork,
  failed: StepFailed,
  attempt: number,
): Promise<void> {
  const asked = Math.min(failed.retryAfterMs ?? 0, limits.longestRetryAfterMs);
  const delayMs = Math.max(asked, backoffMs(limits.retry, attempt - 1));
  const { message, kind, provider, status_code } = failed.error;
  const retry: ChatStreamRetry = {
    attempt,
    delay_ms: delayMs,
    error: message,
    kind,
    ...(provider === undefined ? {} : { provider }),
    ...(status_code === undefined ? {} : { status_code }),
    retrying_at: new Date(clock.now() + delayMs).toISOString(),
  };
  await work.transition((chat) => decideRetry(chat, retry));
  await clock.sleep(delayMs, { signal: work.ctx.signal, tag: "chat-retry" });
}

function usageOf({ usage, runtimeMs }: StepResult, model: ResolvedModel): MessageUsage {
  return {
    input_tokens: usage.input_tokens ?? null,
    output_tokens: usage.output_tokens ?? null,
    total_tokens: usage.total_tokens ?? null,
    reasoning_tokens: usage.reasoning_tokens ?? null,
    cache_creation_tokens: usage.cache_creation_tokens ?? null,
    cache_read_tokens: usage.cache_read_tokens ?? null,
    context_limit: model.contextLimit,
    runtime_ms: runtimeMs,
    total_cost_micros: null,
  };
}
