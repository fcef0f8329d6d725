import type { Manifest } from "@hearth/wire/agent-proto";

/** What makes a manifest another one than the last, as far as the agent has to act on it. */
export type ManifestIdentity = Pick<Manifest, "agentId" | "ownerId" | "claimCount">;

export const manifestChanges = [
  /** The first of this process: start. */
  "first",
  /** Nothing to do: a reconnect. */
  "same",
  /** Told before a claim that we know of, and late: not to be used. */
  "stale",
  /** The workspace has changed hands: keep what runs, be the new owner's from now on. */
  "claimed",
  /** A new build has taken over this very process, as after a suspended machine wakes up: start again. */
  "rebuilt",
] as const;
export type ManifestChange = (typeof manifestChanges)[number];

/**
 * What a manifest means for an agent that knows another one. Pure.
 *
 * Decided by what it says, not by how it came: an event may be lost, or come twice.
 * @see agents, rules
 */
export function decideChange(known: ManifestIdentity | undefined, next: ManifestIdentity): ManifestChange {
  if (!known) return "first";
  if (next.claimCount < known.claimCount) return "stale";
  const hasOtherOwner = next.ownerId.length > 0 && !isEqual(known.ownerId, next.ownerId);
  if (next.claimCount > known.claimCount || hasOtherOwner) return "claimed";
  return isEqual(known.agentId, next.agentId) ? "same" : "rebuilt";
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
