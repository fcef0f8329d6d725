import type { Clock } from "@hearth/base";
import { prebuildsUserId } from "@hearth/sdk";
import { nextIdentity, type WorkspaceIdentity } from "./identity.ts";
import { unclaimedMs } from "./timing.ts";

export type ReadIdentity = (workspaceId: string) => Promise<WorkspaceIdentity | undefined>;

interface Entry {
  holders: number;
  value: WorkspaceIdentity | undefined;
  /** Who claimed the workspace, until its other facts are read. */
  claimedBy: string | undefined;
  memo: { read: Promise<WorkspaceIdentity | undefined>; untilMs: number } | undefined;
}

/**
 * The identity of each workspace that has sessions in this replica: one for all of them.
 *
 * - It lives as long as somebody holds it, and is empty for an unclaimed prebuild.
 * - The facts of a prebuild are remembered beside it, for longer than it takes until sessions are looked at again, which
 *   reads those of all in one statement; so what a prebuild reports costs no read. They are forgotten when it is claimed.
 * @see spec/agents.md §5.3, A-5, A-7
 */
export class IdentityCache {
  readonly #entries = new Map<string, Entry>();
  readonly #read: ReadIdentity;
  readonly #clock: Clock;

  constructor(deps: { read: ReadIdentity; clock: Clock }) {
    this.#read = deps.read;
    this.#clock = deps.clock;
  }

  /** Keeps the entry of the workspace until disposed. */
  hold(workspaceId: string): Disposable {
    const entry = this.#entries.get(workspaceId) ?? {
      holders: 0,
      value: undefined,
      claimedBy: undefined,
      memo: undefined,
    };
    this.#entries.set(workspaceId, entry);
    entry.holders++;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        if (--entry.holders === 0) this.#entries.delete(workspaceId);
      },
    };
  }

  /** What is held; undefined when there is nothing. */
  find(workspaceId: string): WorkspaceIdentity | undefined {
    return this.#entries.get(workspaceId)?.value;
  }

  /** Who is to hear of the workspace now. An empty entry is a prebuild's. @see spec/agents.md A-6 */
  ownerOf(workspaceId: string): string {
    const entry = this.#entries.get(workspaceId);
    return entry?.claimedBy ?? entry?.value?.ownerId ?? prebuildsUserId;
  }

  /** What is held, or what is read for this call. Undefined when the workspace is gone. */
  async resolve(workspaceId: string): Promise<WorkspaceIdentity | undefined> {
    const entry = this.#entries.get(workspaceId);
    if (entry === undefined) return await this.#read(workspaceId);
    if (entry.value !== undefined) return entry.value;
    const nowMs = this.#clock.now();
    if (entry.memo === undefined || entry.memo.untilMs <= nowMs) {
      const read = this.#read(workspaceId);
      const memo = this.#memoOf(read);
      entry.memo = memo;
      // A failed read is not remembered.
      read.catch(() => {
        if (entry.memo === memo) entry.memo = undefined;
      });
    }
    return await entry.memo.read;
  }

  /** Takes what was read just now. Nothing for workspaces that nobody holds. */
  set(identity: WorkspaceIdentity): void {
    const entry = this.#entries.get(identity.workspaceId);
    if (entry === undefined) return;
    entry.value = nextIdentity(entry.value, identity);
    if (entry.value === undefined) {
      // One that was read before a claim says nothing of it.
      if (entry.claimedBy === undefined) entry.memo = this.#memoOf(Promise.resolve(identity));
      return;
    }
    entry.memo = undefined;
    if (entry.value.ownerId === entry.claimedBy) entry.claimedBy = undefined;
  }

  #memoOf(read: Promise<WorkspaceIdentity | undefined>): NonNullable<Entry["memo"]> {
    return { read, untilMs: this.#clock.now() + unclaimedMs };
  }

  /** The workspace changed hands: the old facts are gone at once, the new owner is known. */
  claimed(workspaceId: string, ownerId: string | undefined): void {
    const entry = this.#entries.get(workspaceId);
    if (entry === undefined) return;
    entry.memo = undefined;
    entry.value = undefined;
    entry.claimedBy = ownerId;
  }
}
