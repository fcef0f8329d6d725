import { agentsOnHost } from "../engines/process/agents-on-host.ts";
import { textReferences } from "../expressions/index.ts";
import type { ResourceDeclaration } from "../protocol.ts";
import { evaluateBuild, resourcesOf } from "./evaluate-build.ts";
import type { Manifest } from "./parse-manifest.ts";
import type { BuildInputs } from "./scope.ts";
import { FilledText, type Compiled } from "./texts.ts";

/** A resource that was made before: what its engine told of it stays as it is. */
export type KeptResource = Omit<ResourceDeclaration, "metadata">;

/**
 * What a claim makes of a workspace that an engine leaves alone: its resources with the new owner's agents, without tokens.
 * `directory`: where it lies on its host, of one that the process engine runs without a sandbox. Pure.
 * @throws ManifestError as {@link evaluateBuild}
 */
export function renderClaim(manifest: Manifest, inputs: BuildInputs, directory?: string): readonly KeptResource[] {
  const { settings, agents } = evaluateBuild(manifest, inputs);
  const isOnHost = settings.engine === "process" && directory !== undefined;
  const placed = isOnHost ? agentsOnHost(agents, settings.user, directory) : agents;
  return resourcesOf(settings, placed, inputs.transition).map((resource) => ({
    type: resource.type,
    name: resource.name,
    hide: resource.hide,
    icon: resource.icon,
    dailyCost: resource.dailyCost,
    agents: resource.agents,
  }));
}

/**
 * Where a manifest says the workspace's id, which is not known before a claim has found one: `"as text"` means that another
 * text in its place can be exchanged for it afterwards, `"in expressions"` that it may not. Pure.
 */
export function useOfWorkspaceId({ workspace, agents }: Manifest): "nowhere" | "as text" | "in expressions" {
  const kinds = new Set([...kindsOfUse(workspace), ...kindsOfUse(agents)]);
  if (kinds.has("expression")) return "in expressions";
  return kinds.has("name") ? "as text" : "nowhere";
}

function* kindsOfUse(compiled: Compiled): Iterable<"text" | "name" | "expression"> {
  if (compiled instanceof FilledText) {
    for (const part of compiled.text.parts) {
      const names = textReferences({ source: compiled.text.source, parts: [part] });
      if (names.some(({ path }) => path.join(".") === "workspace.id")) yield part.kind;
    }
  } else if (typeof compiled === "object" && compiled !== null) {
    for (const inner of Object.values<Compiled>(compiled)) yield* kindsOfUse(inner);
  }
}
