/** What a provider wants to see again with a part, by its own name; nobody else reads it. */
export type ProviderMetadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface TextPart {
  readonly type: "text";
  readonly text: string;
  readonly providerMetadata?: ProviderMetadata | undefined;
}

/** A file's bytes: nothing is fetched for a prompt. */
export interface FilePart {
  readonly type: "file";
  readonly mediaType: string;
  readonly data: Uint8Array;
  readonly name?: string | undefined;
}

export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
  readonly providerMetadata?: ProviderMetadata | undefined;
}

export interface ToolCallPart {
  readonly type: "tool-call";
  readonly toolCallId: string;
  readonly toolName: string;
  /** As the model gave them; a text where they were no JSON. */
  readonly args: unknown;
  readonly providerMetadata?: ProviderMetadata | undefined;
}

export interface ToolResultPart {
  readonly toolCallId: string;
  readonly toolName: string;
  /** JSON. */
  readonly result: unknown;
  readonly isError?: boolean | undefined;
  /** An image, say, beside or in the place of the result. */
  readonly media?: { readonly mediaType: string; readonly data: Uint8Array } | undefined;
}

/** What was said before, as a model is told. System texts are not among it. */
export type PromptMessage =
  | { readonly role: "user"; readonly content: readonly (TextPart | FilePart)[] }
  | { readonly role: "assistant"; readonly content: readonly (TextPart | ReasoningPart | ToolCallPart)[] }
  | { readonly role: "tool"; readonly content: readonly ToolResultPart[] };

/** A tool that is offered to a model. */
export interface ToolSchema {
  readonly name: string;
  readonly description: string;
  /** JSON schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}
