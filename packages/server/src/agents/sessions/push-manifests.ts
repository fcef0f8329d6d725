import { backoffMs, type Clock } from "@hearth/base";
import { DialRefused, DialUnsupported, pushManifest } from "@hearth/wire";
import type { Context } from "../../access/index.ts";
import type { Db } from "../../ground/database/index.ts";
import { authorizeAgent } from "../access/agent-grant.ts";
import { readManifest, toTold, type Manifest, type ManifestFacts } from "../rpc/manifest.ts";
import type { AgentSession } from "./agent-session.ts";
import type { ClaimedManifests } from "./claimed-manifests.ts";
import type { IdentityCache } from "./identity-cache.ts";
import { pushWithinMs } from "./timing.ts";

export interface ManifestPushesDeps {
  readonly ctx: Context;
  readonly db: Db;
  readonly clock: Clock;
  readonly sealKey: Buffer;
  readonly identities: IdentityCache;
  readonly claimed: ClaimedManifests;
}

const policy = { baseMs: 1_000, maxMs: 30_000 };

/**
 * Tells agents their manifests without being asked: the first with their connection, and that of a claim at once.
 *
 * A push that fails is tried again for as long as the session lasts; behind it stands the manifest that the agent gets
 * when it connects again, whose count of claims says what was missed. An agent that refuses is asked no more: it hears of
 * a claim by its own means, and fetches. @see spec/agents.md §17.1, A-23
 */
export class ManifestPushes {
  readonly #deps: ManifestPushesDeps;

  constructor(deps: ManifestPushesDeps) {
    this.#deps = deps;
  }

  /** Of a session that has just begun. */
  first(session: AgentSession): void {
    if (session.takesPushes) void this.#untilTaken(session, session.agentId, 0);
  }

  /** Of one whose agent a claim has replaced. Dials that come now wait for it: `session.taking` is there on return. */
  ofClaim(session: AgentSession): void {
    if (!session.takesPushes) return;
    const { agentId } = session;
    const taking = this.#push(session, agentId, this.#deps.claimed.find(agentId)).then((manifest) => {
      if (session.taking === taking) session.taking = undefined;
      if (manifest === undefined) {
        void this.#untilTaken(session, agentId, 1);
      } else if (session.agentId === agentId) {
        const { scripts = [] } = manifest;
        session.hasBecome({ blocksLogin: scripts.some((script) => script.runOnClaim && script.startBlocksLogin) });
      }
    });
    session.taking = taking;
  }

  async #untilTaken(session: AgentSession, agentId: string, failed: number): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = session;
    for (let attempt = failed; ; attempt++) {
      try {
        if (attempt > 0) await clock.sleep(backoffMs(policy, attempt), { signal, tag: "push-retry" });
      } catch {
        return; // over
      }
      if (session.agentId !== agentId || !session.takesPushes) return; // a claim's is on its way, or none is wanted
      if ((await this.#push(session, agentId)) !== undefined) return;
    }
  }

  /** What was taken; undefined when it was not. Never rejects. Without the facts they are read. */
  async #push(session: AgentSession, agentId: string, known?: ManifestFacts): Promise<Manifest | undefined> {
    const { ctx, db, sealKey, clock, identities } = this.#deps;
    const { signal, workspaceId } = session;
    try {
      const facts = { ...session.facts, agentId, ownerId: identities.ownerOf(workspaceId) };
      const granted = authorizeAgent(ctx, "workspace:read", facts);
      const told =
        known === undefined ? await readManifest(ctx, { db, sealKey }, granted) : toTold(ctx, sealKey, known);
      if (told === undefined || session.agentId !== agentId) return undefined;
      identities.set(told.identity);
      session.told.tell(told.manifest);
      await pushManifest(session.yamux, told.manifest, { deadlineMs: pushWithinMs, clock, signal });
      return told.manifest;
    } catch (error) {
      if (error instanceof DialUnsupported || error instanceof DialRefused) session.takesPushes = false;
      else if (session.isOpen) session.log.warn({ err: error }, "an agent did not take its manifest");
      return undefined;
    }
  }
}
