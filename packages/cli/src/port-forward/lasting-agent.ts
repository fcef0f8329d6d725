import type { Duplex } from "node:stream";
import { ApiError } from "@hearth/sdk";
import { chooseAgent, fullName, resolveWorkspace } from "#api/workspaces.ts";
import { Failure } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { dialAgent } from "#ssh/dial.ts";

/**
 * An agent that is dialled for as long as somebody forwards to it. A restart or an update gives a workspace another one:
 * when the one that is known cannot be reached, the workspace's present one is looked for.
 */
export class LastingAgent {
  readonly #reference: string;
  readonly #means: Pick<Means, "client" | "signal">;
  #agentId: string;
  #finding: Promise<string> | undefined;

  constructor(reference: string, agentId: string, means: Pick<Means, "client" | "signal">) {
    this.#reference = reference;
    this.#agentId = agentId;
    this.#means = means;
  }

  /** @throws Failure when the workspace does not run, ApiError when it cannot be reached */
  async dial(port: number): Promise<Duplex> {
    const { client, signal } = this.#means;
    const agentId = this.#agentId;
    try {
      return await dialAgent(client, agentId, port, signal);
    } catch (error) {
      if (!isOfAnotherAgent(error)) throw error;
      // Of many connections at once one asks.
      this.#finding ??= this.#find().finally(() => (this.#finding = undefined));
      this.#agentId = await this.#finding;
      if (this.#agentId === agentId) throw error;
      return await dialAgent(client, this.#agentId, port, signal);
    }
  }

  async #find(): Promise<string> {
    const { workspace, agentName } = await resolveWorkspace(this.#means.client, this.#reference);
    const { status } = workspace.latest_build;
    if (status !== "running") throw new Failure(`${fullName(workspace)} is ${status}.`);
    return chooseAgent(workspace, agentName).id;
  }
}

/** What is said of an agent whose place another may have taken. */
function isOfAnotherAgent(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "agent_unreachable" || error.code === "not_found");
}
