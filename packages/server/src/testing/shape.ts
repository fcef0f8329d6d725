/** What other capabilities show, and what differs from deployment to deployment. */
const opaque = new Set([
  "resources",
  "tags",
  "provisioner_timings",
  "agent_script_timings",
  "agent_connection_timings",
]);

/**
 * Where an answer differs from a recorded one: a field that is missing, or of another JSON type. A recorded null fits
 * anything; lists are compared by their first elements. What only Hearth has is said by its schemas, which each answer is
 * held against.
 */
export function shapeDifferences(recorded: unknown, own: unknown, path = "$"): string[] {
  if (recorded === null || recorded === undefined)
    return own === undefined && recorded === null ? [`${path}: missing`] : [];
  if (Array.isArray(recorded)) {
    if (!Array.isArray(own)) return [`${path}: no list`];
    return recorded.length === 0 || own.length === 0 ? [] : shapeDifferences(recorded[0], own[0], `${path}[0]`);
  }
  if (typeof recorded !== "object") {
    // Null where a value was recorded is as good: a state that is not reached yet.
    return typeof own === typeof recorded || own === null
      ? []
      : [`${path}: ${typeof own} instead of ${typeof recorded}`];
  }
  if (typeof own !== "object" || own === null || Array.isArray(own)) return [`${path}: no object`];
  const [theirs, mine] = [recorded as Record<string, unknown>, own as Record<string, unknown>]; // objects of JSON
  const missing = Object.keys(theirs).filter((key) => !(key in mine));
  return [
    ...missing.map((key) => `${path}.${key}: missing`),
    ...Object.keys(theirs)
      .filter((key) => key in mine && !opaque.has(key))
      .flatMap((key) => shapeDifferences(theirs[key], mine[key], `${path}.${key}`)),
  ];
}
