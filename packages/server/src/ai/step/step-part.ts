import type { ProviderMetadata } from "./prompt-message.ts";

/**
 * A part of what a model says, as messages have it: while it streams with what is new (`text`, `args_delta`), at the end whole.
 * `provider_metadata` leaves the server in no form. @see spec "AI chat" §3.4
 */
export type StepPart =
  | { readonly type: "text"; readonly text: string; readonly provider_metadata?: ProviderMetadata }
  | {
      readonly type: "reasoning";
      readonly text: string;
      readonly created_at?: string;
      readonly completed_at?: string;
      readonly provider_metadata?: ProviderMetadata;
    }
  | {
      readonly type: "tool-call";
      readonly tool_call_id: string;
      readonly tool_name: string;
      /** JSON; the text that the model gave where it is none. */
      readonly args?: unknown;
      readonly args_delta?: string;
      readonly provider_executed?: true;
      readonly created_at?: string;
      readonly provider_metadata?: ProviderMetadata;
    }
  | {
      readonly type: "tool-result";
      readonly tool_call_id: string;
      readonly tool_name: string;
      readonly result: unknown;
      readonly is_error?: true;
      readonly provider_executed: true;
      readonly created_at: string;
    }
  | { readonly type: "source"; readonly url: string; readonly source_id: string; readonly title?: string };
