/** The longest name that a workspace may have, in characters. */
const longestName = 32;
const suffixBytes = 4;

/**
 * A name for a workspace that nobody has named: the template's, and enough chance that two never meet.
 * @see spec "Workspaces", names: lower case letters, digits and single hyphens between them
 */
export function madeUpName(template: string, random: Uint8Array = chance()): string {
  const suffix = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const stem = template
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, longestName - suffix.length - 1)
    .replaceAll(/^-|-$/g, "");
  return stem === "" ? suffix : `${stem}-${suffix}`;
}

function chance(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(suffixBytes));
}
