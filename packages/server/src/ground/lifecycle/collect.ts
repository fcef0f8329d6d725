import type { Capability } from "./capability.ts";

/** What several capabilities have, together. */
export type Collected<Kind> = Required<Pick<Capability<Kind>, "routes" | "jobKinds" | "sealers" | "loops" | "effects">>;

/**
 * Puts together what capabilities have, in their order.
 * @throws Error when two things that are told apart by their name have the same
 */
export function collect<Kind>(capabilities: readonly Capability<Kind>[]): Collected<Kind> {
  const jobKinds = capabilities.flatMap((capability) => Object.entries(capability.jobKinds ?? {}));
  const loops = capabilities.flatMap((capability) => capability.loops ?? []);
  const effects = capabilities.flatMap((capability) => capability.effects ?? []);
  refuseTwins("capabilities", capabilities);
  refuseTwins(
    "kinds of jobs",
    jobKinds.map(([name]) => ({ name })),
  );
  const sealers = capabilities.flatMap((capability) => Object.entries(capability.sealers ?? {}));
  refuseTwins(
    "sealers",
    sealers.map(([name]) => ({ name })),
  );
  refuseTwins("loops", loops);
  refuseTwins("handlers of effects", effects);
  const routes = capabilities.flatMap((capability) => capability.routes ?? []);
  return { routes, jobKinds: Object.fromEntries(jobKinds), sealers: Object.fromEntries(sealers), loops, effects };
}

function refuseTwins(what: string, named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw new Error(`Two ${what} are called "${name}".`);
    seen.add(name);
  }
}
