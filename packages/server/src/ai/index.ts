// ai: models for chats. Owns providers and their keys, users' keys, and the models that organizations have. Promises: a key is
// sealed for its place and shown to nobody; an organization with models has exactly one default. Knows nothing of chats.
export { createAi, type Ai } from "./create-ai.ts";
export type { ResolvedModel } from "./resolve/resolve-model.ts";
export { ModelUnavailable, StepFailed } from "./step/model-error.ts";
export type { StepRequest, StepResult } from "./step/model-step.ts";
export type { PromptMessage } from "./step/prompt-message.ts";
