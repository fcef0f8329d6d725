/** What users, or groups, have been given on a thing: roles or names of actions, by id. */
export type Acl = Readonly<Record<string, readonly string[]>>;

/** What can be given on a thing: `admin` changes it, `use` works with it. */
export type ObjectRole = "admin" | "use";

/** The list after a change, which names roles by id; `""` takes away. Pure. */
export function withRoles(acl: Acl, given: Readonly<Record<string, string>> = {}): Record<string, string[]> {
  // Ids are kept in lower case; whoever takes away may write them otherwise.
  const roles = Object.fromEntries(Object.entries(given).map(([id, role]) => [id.toLowerCase(), role]));
  const kept = Object.entries(acl).filter(([id]) => roles[id] === undefined);
  const added = Object.entries(roles).filter(([, role]) => role !== "");
  return Object.fromEntries([
    ...kept.map(([id, words]): [string, string[]] => [id, [...words]]),
    ...added.map(([id, role]): [string, string[]] => [id, [role]]),
  ]);
}

/** The role that somebody was given; undefined for what is none, such as a single action. Pure. */
export function roleOf(words: readonly string[] | undefined): ObjectRole | undefined {
  if (words?.includes("admin") === true) return "admin";
  return words?.includes("use") === true ? "use" : undefined;
}
