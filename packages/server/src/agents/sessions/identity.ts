import { prebuildsUserId } from "@hearth/sdk";

/**
 * What the hot paths of a session need to know of its workspace. Access lists are not among it: they are read fresh.
 * @see spec/agents.md §5
 */
export interface WorkspaceIdentity {
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly organizationId: string;
  readonly templateId: string;
  readonly templateName: string;
  readonly autostartSchedule: string | undefined;
}

export function isPrebuild(identity: Pick<WorkspaceIdentity, "ownerId">): boolean {
  return identity.ownerId === prebuildsUserId;
}

/**
 * What a cache holds after a read. Pure: a prebuild's facts are not kept, because they change hands; equal ones change
 * nothing, so that whoever compares by reference sees no change.
 */
export function nextIdentity(
  held: WorkspaceIdentity | undefined,
  read: WorkspaceIdentity,
): WorkspaceIdentity | undefined {
  if (isPrebuild(read)) return held;
  if (held === undefined) return read;
  const keys = Object.keys(read) as (keyof WorkspaceIdentity)[];
  return keys.every((key) => held[key] === read[key]) ? held : read;
}
