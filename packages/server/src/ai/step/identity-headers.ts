/** For whom a model is asked. */
export interface StepIdentity {
  readonly ownerId: string;
  /** The root of the family. */
  readonly chatId: string;
  readonly childChatId?: string | undefined;
  readonly workspaceId?: string | undefined;
}

/** So that a gateway or a local server can tell whose request it is. @see spec "AI chat" §16.6 */
export function identityHeaders(identity: StepIdentity | undefined): Record<string, string> {
  if (identity === undefined) return {};
  const { ownerId, chatId, childChatId, workspaceId } = identity;
  return {
    "x-hearth-owner-id": ownerId,
    "x-hearth-chat-id": chatId,
    ...(childChatId === undefined ? {} : { "x-hearth-child-chat-id": childChatId }),
    ...(workspaceId === undefined ? {} : { "x-hearth-workspace-id": workspaceId }),
  };
}
