import type * as api from "@hearth/sdk";

export interface DialFacts {
  /** Which replica holds a session of the agent that can be dialled: this one, another, or none. */
  readonly heldBy: "us" | "another" | "nobody";
  readonly status: api.WorkspaceAgentStatus;
  readonly lifecycle: string;
  /** A start script blocks log-in. */
  readonly blocksLogin: boolean;
  /**
   * The agent belongs to a claim build and has not said that it took its manifest: before it is ready it may still have the
   * prebuild's owner, secrets and parameters.
   */
  readonly isOfClaim: boolean;
}

export type DialDecision = "go" | "wait" | { readonly refuse: string };

const isEnding = new Set(["shutting_down", "shutdown_timeout", "shutdown_error", "off"]);

/**
 * Whether an agent can be dialled now. Pure.
 *
 * Who waits for `ready` also waits for an agent that has not come yet. A start that failed or took too long is over; what
 * is shutting down is refused. @see spec/agents.md §8, "Client rule"
 */
export function decideDial(facts: DialFacts, wait: "ready" | "none"): DialDecision {
  if (facts.heldBy === "nobody") {
    if (wait === "ready" && facts.status === "connecting") return "wait";
    return { refuse: `The agent is not connected (${facts.status}). Wait until it is, or start the workspace.` };
  }
  if (wait === "none") return "go";
  if (isEnding.has(facts.lifecycle)) return { refuse: "The workspace is shutting down." };
  if (facts.lifecycle === "created") return "wait";
  const mustWait = facts.blocksLogin || facts.isOfClaim;
  return facts.lifecycle === "starting" && mustWait ? "wait" : "go";
}
