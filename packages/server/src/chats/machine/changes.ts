import type { ChatError, ChatStreamRetry } from "@hearth/sdk";
import type { ChatPart } from "../../ground/database/index.ts";
import { stateOf, type State, type Status } from "./states.ts";
import { isAllowed, type Transition } from "./transitions.ts";

/** A message that waits, as far as decisions look at it. */
export interface QueuedMessage {
  readonly id: number;
  readonly content: readonly ChatPart[];
  readonly model_config_id: string | null;
  readonly reasoning_effort: string | null;
  readonly mcp_server_ids: readonly string[] | null;
  readonly plan_mode: "plan" | "" | null;
  readonly created_by: string;
  readonly position: number;
}

/** A call of the last answer of the model that has no result yet. */
export interface OpenCall {
  readonly tool_call_id: string;
  readonly tool_name: string;
  /** JSON; undefined: none. */
  readonly args?: unknown;
}

/** A chat as decisions see it: one read at one instant. */
export interface ChatSnapshot {
  readonly status: Status;
  readonly archived: boolean;
  /** In their order. */
  readonly queue: readonly QueuedMessage[];
  readonly openCalls: readonly OpenCall[];
  readonly lastModelConfigId: string;
}

/** Tokens and time of a model's answer; null is not known. */
export interface MessageUsage {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly total_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly cache_creation_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly context_limit: number | null;
  readonly runtime_ms: number | null;
  readonly total_cost_micros: number | null;
}

/** A message that comes into the history. */
export interface NewMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: readonly ChatPart[];
  /** @default "both" */
  readonly visibility?: "user" | "model" | "both";
  readonly created_by?: string;
  readonly model_config_id: string;
  readonly reasoning_effort?: string | null;
  readonly compressed?: boolean;
  readonly provider_response_id?: string;
  readonly usage?: MessageUsage;
}

/** A message that comes into the queue, at its end. */
export type NewQueuedMessage = Omit<QueuedMessage, "id" | "position">;

/**
 * What transitions change of a chat, as data: the store carries it out in one statement, and derives the versions from it.
 * What is left out stays.
 */
export interface Changes {
  readonly status?: Status;
  readonly archived?: boolean;
  readonly lastError?: ChatError | null;
  /** When the results of dynamic tools are waited for no longer; in milliseconds. */
  readonly deadlineMs?: number | null;
  /** Takes this message out of the history, and everything after it. */
  readonly removeFrom?: number;
  readonly insert?: readonly NewMessage[];
  readonly enqueue?: readonly NewQueuedMessage[];
  /** Ids of the queue. */
  readonly dequeue?: readonly number[];
  /** Puts this one before all others of the queue. */
  readonly queueFirst?: number;
  /** Another attempt at the next message begins. */
  readonly nextAttempt?: true;
  /** The attempt failed, and another comes. */
  readonly retry?: ChatStreamRetry;
  /** What the next turn uses from now on. */
  readonly modelConfigId?: string;
  readonly reasoningEffort?: string | null;
  readonly planMode?: "plan" | null;
  readonly mcpServerIds?: readonly string[];
  readonly unpin?: true;
}

/** Why nothing changes. */
export type Refusal =
  | { readonly refused: "state"; readonly transition: Transition; readonly state: State | "invalid" }
  | { readonly refused: "unknown_queued" }
  | { readonly refused: "queue_full"; readonly limit: number }
  | { readonly refused: "bad_results"; readonly why: string };

export type Decision = Changes | Refusal;

export function isRefusal(decision: Decision): decision is Refusal {
  return "refused" in decision;
}

/** The refusal of the table, or undefined where it allows the transition. */
export function refusedByTable(chat: ChatSnapshot, transition: Transition): Refusal | undefined {
  const state = stateOf(chat);
  return isAllowed(transition, state) ? undefined : { refused: "state", transition, state };
}
