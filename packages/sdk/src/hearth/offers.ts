import { Kept } from "@hearth/base";
import type { Client } from "../client.ts";
import { listTemplates } from "../endpoints/templates.ts";
import { listTemplateVersionPresets } from "../endpoints/template-versions.ts";
import type { Preset } from "../schemas/template-versions.ts";
import type { Offer } from "./choose.ts";

const mostVersions = 1_000;

/** What can be made: templates with the presets of their active versions. Those of a version never change: they are read once. */
export class Offers {
  readonly #client: Client;
  readonly #presets = new Kept<Preset[]>(mostVersions);

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Those of all templates; with a name, of that one alone where there is one of the name, so that nobody waits for what
   * cannot be meant.
   */
  async list(template: string | undefined, signal: AbortSignal): Promise<Offer[]> {
    const all = await this.#client.call(listTemplates, { query: {}, signal });
    const named = all.filter(({ name }) => name.toLowerCase() === template?.toLowerCase());
    return await Promise.all(
      (named.length > 0 ? named : all).map(async (it) => ({
        template: it,
        presets: await this.#presetsOf(it.active_version_id),
      })),
    );
  }

  async #presetsOf(version: string): Promise<Preset[]> {
    // Without the signal of one of those who wait for the same.
    return await this.#presets.get(version, () =>
      this.#client.call(listTemplateVersionPresets, { params: { templateversion: version } }),
    );
  }
}
