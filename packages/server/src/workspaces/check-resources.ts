import type { ResourceDeclaration } from "@hearth/provisioner";

const agentName = /^[a-z0-9](-?[a-z0-9])*$/i;
const appSlug = /^[a-z0-9](-?[a-z0-9])*$/;

/**
 * What is wrong with what a build made, as one sentence; undefined when nothing is. Addresses are made of these names, so
 * they must be unique: agents in the build without regard to case, apps in the build. Pure. @see spec/builds.md §10.5
 */
export function faultOfResources(resources: readonly ResourceDeclaration[]): string | undefined {
  const agents = resources.flatMap((resource) => resource.agents);
  const badName = agents.find(({ name }) => !agentName.test(name));
  if (badName !== undefined) {
    return `The agent name "${badName.name}" must be letters and digits, with single dashes between them.`;
  }
  const twin = firstTwice(agents.map(({ name }) => name.toLowerCase()));
  if (twin !== undefined) return `Two agents are named "${twin}": names must differ, also without regard to case.`;
  const slugs = agents.flatMap((agent) => agent.apps.map(({ slug }) => slug));
  const badSlug = slugs.find((slug) => !appSlug.test(slug));
  if (badSlug !== undefined) {
    return `The app slug "${badSlug}" must be lower-case letters and digits, with single dashes between them.`;
  }
  const slug = firstTwice(slugs);
  return slug === undefined ? undefined : `Two apps have the slug "${slug}": slugs must differ.`;
}

function firstTwice(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}
