// ai: models for chats. Owns providers and their keys, users' keys, and the models that organizations have. Promises: a key is
// sealed for its place and shown to nobody; an organization with models has exactly one default. Knows nothing of chats.
export { createAi } from "./create-ai.ts";
