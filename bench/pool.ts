import { endpoints, type Client, type CreateWorkspaceRequest, type Pool, type Workspace } from "@hearth/sdk";
import { pushTemplate, untilOverEvents } from "@hearth/testkit";
import { patienceMs, within } from "./within.ts";
import { agentOf } from "./workspaces.ts";

/** A template whose one preset keeps workspaces warm. */
export class WarmPool {
  readonly #client: Client;
  readonly templateId: string;
  readonly #size: number;
  #made = 0;

  private constructor(client: Client, templateId: string, size: number) {
    this.#client = client;
    this.templateId = templateId;
    this.#size = size;
  }

  /** `manifest`: a template without presets. It fills from now on. */
  static async push(client: Client, name: string, pool: { manifest: string; size: number }): Promise<WarmPool> {
    const preset = `presets: [{ name: small, prebuilds: { instances: ${pool.size} } }]\n`;
    const template = await pushTemplate(client, name, `${preset}${pool.manifest}`);
    return new WarmPool(client, template.id, pool.size);
  }

  /**
   * Resolves when all of it is ready and nothing more is built. No polling: it looks again at every event.
   * @returns the preset
   */
  async isFull(waitMs = patienceMs): Promise<string> {
    let seen: Pool | undefined;
    const look = async () => {
      [seen] = await this.#client.call(endpoints.hearth.listPools, { params: { template: this.templateId } });
      return seen;
    };
    const full = untilOverEvents(this.#client, look, (pool) => pool?.ready === this.#size && pool.building === 0);
    try {
      return (await within("a full pool", full, waitMs))?.preset_id ?? "";
    } catch (error) {
      const counts = `${seen?.ready ?? 0} of ${this.#size} ready, ${seen?.building ?? 0} being built`;
      throw new Error(`The pool is not full: ${counts}.`, { cause: error });
    }
  }

  /** What asks for one of its workspaces. */
  request(preset: string, more: Partial<CreateWorkspaceRequest> = {}): CreateWorkspaceRequest {
    const name = `claim-${this.#made++}`;
    return { template_id: this.templateId, template_version_preset_id: preset, name, ...more };
  }
}

/** Whether pools are left as they are: what takes the place of claimed workspaces is not what is measured. */
export async function pauseReconciliation(client: Client, isPaused: boolean): Promise<void> {
  const body = { reconciliation_paused: isPaused };
  await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body });
}

/** The agent that a claim's answer names. @throws Error when it was no claim, or the agent is not connected */
export function claimedAgent(workspace: Workspace): string {
  const { name, origin } = workspace;
  if (origin?.how !== "claimed") throw new Error(`${name} was not claimed but ${origin?.how}`);
  const agent = agentOf(workspace);
  if (agent === undefined) throw new Error(`${name} was claimed, and the answer names no agent`);
  if (agent.status !== "connected") throw new Error(`${name} was claimed, and its agent is ${agent.status}`);
  return agent.id;
}
