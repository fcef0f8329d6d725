import type { ManifestFacts } from "../rpc/manifest.ts";

/**
 * What agents of claims are told, from the statement that made the claim to the push of it: it need not be read again. It is
 * held for as long as the claim is announced here, and by nobody else: it never leaves the process.
 */
export class ClaimedManifests {
  readonly #byAgent = new Map<string, ManifestFacts>();

  /** Holds it until disposed. */
  hold(manifests: readonly ManifestFacts[]): Disposable {
    for (const facts of manifests) this.#byAgent.set(facts.id, facts);
    return {
      [Symbol.dispose]: () => {
        for (const { id } of manifests) this.#byAgent.delete(id);
      },
    };
  }

  /** Of an agent whose claim is being announced. */
  find(agentId: string): ManifestFacts | undefined {
    return this.#byAgent.get(agentId);
  }
}
