import { ManifestError, renderClaim, useOfWorkspaceId, type KeptResource } from "@hearth/provisioner";
import type { ManifestOf } from "../templates/index.ts";
import type { CreationFacts } from "./creation-facts.ts";
import type { Owner } from "./plan-creation.ts";
import type { BuildPlan } from "./plan-build.ts";

/** What a claim that touches nothing makes of the workspace that it will find. */
export interface RenderedClaim {
  readonly resources: readonly KeptResource[];
  /** The text that stands in them for the workspace's id; undefined: they do not name it. */
  readonly standsForId: string | undefined;
  /** The same of one without a sandbox, where its owner may have one and it might find one. */
  readonly onHost: { readonly resources: readonly KeptResource[]; readonly standsForDirectory: string } | undefined;
}

/** Of the form of an id, and nobody's: templates may say of a text that it must have that form. */
const someId = "9b1c6f3e-52a7-4d0b-8e64-6b6f1f0a7c21";

/** An absolute path, and nobody's. */
const someDirectory = "/3d8f0b7a-6c1e-4f29-a5d3-2e9c7b1f8a60";

/**
 * What a worker would give back for the claim, worked out here. Undefined where that needs one: the engine touches something,
 * the template computes with the id of the workspace, or what it says with these values breaks its own rules.
 */
export async function renderForClaim(
  manifestOf: ManifestOf,
  facts: CreationFacts,
  plan: BuildPlan,
  given: { readonly owner: Owner; readonly name: string; readonly accessUrl: string; readonly isOnHost: boolean },
): Promise<RenderedClaim | undefined> {
  const { version, template, owner } = facts;
  if (version.language !== "native" || version.claimTouchesInfrastructure) return undefined;
  const read = await manifestOf(version);
  if (read === undefined) return undefined;
  const use = useOfWorkspaceId(read.manifest);
  if (use === "in expressions") return undefined;
  const inputs = {
    transition: "start",
    startCount: 1,
    isPrebuild: false,
    workspace: { id: someId, name: given.name },
    owner: {
      id: given.owner.id,
      name: given.owner.username,
      fullName: owner.fullName,
      email: owner.email,
      groups: owner.groups,
      sshPublicKey: owner.sshPublicKey,
    },
    template: { id: facts.templateId, name: template.name, version: version.name },
    parameters: plan.parameters,
    variables: read.variables,
    accessUrl: given.accessUrl,
  } as const;
  try {
    const resources = renderClaim(read.manifest, inputs);
    const onHost = given.isOnHost
      ? { resources: renderClaim(read.manifest, inputs, someDirectory), standsForDirectory: someDirectory }
      : undefined;
    return { resources, standsForId: use === "nowhere" ? undefined : someId, onHost };
  } catch (error) {
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}
