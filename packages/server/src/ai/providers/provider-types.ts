import type { AIProviderType } from "@hearth/sdk";

export type ProviderType = AIProviderType;

/** Whether chats can use models of a type: the rest is kept, and listed as unsupported. */
export function isSupported(type: ProviderType): boolean {
  return type !== "copilot";
}
