import { RBACResource } from "@hearth/sdk";
import { typeOf, type Action } from "./catalogue.ts";

/**
 * Which things a key reaches: texts `type:id`, `*` in either half for all. `["*:*"]` reaches what its user does.
 *
 * What hangs on a thing has its id: builds and agents their workspace's, versions their template's, memberships their
 * user's. Nothing is held unsaid, the key's own user neither: what a key does not reach looks absent, as with scopes.
 * @see spec/api.md §2, "Token scopes"
 */
export type AllowList = readonly string[];

export const everything = "*:*";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const keyId = /^[A-Za-z0-9]{10}$/;
const types = new Set<string>(RBACResource.options);

/** The type by which lists name what an action is done to: the contract's word. */
function wordOf(action: Action): string {
  const type = typeOf(action);
  return type === "prebuilds_settings" ? "deployment_config" : type;
}

/**
 * Whether a list holds what an action is done to. A thing without an id (a new one, or a kind as a whole) is held by
 * entries for every id of its type alone. What is no entry holds nothing. Pure.
 */
export function listHolds(list: AllowList, action: Action, id: string | undefined): boolean {
  const ids = idsOf(list, action);
  return ids === undefined || ids.some((held) => held === id);
}

/** The ids that a list holds of what an action is done to; undefined: every one. Pure. */
export function idsOf(list: AllowList, action: Action): readonly string[] | undefined {
  const type = wordOf(action);
  const ids = list.flatMap((entry) => {
    const [ofType, id] = splitEntry(entry);
    return ofType === "*" || ofType === type ? [id] : [];
  });
  return ids.includes("*") ? undefined : ids;
}

/** Those of the wanted entries that reach beyond a key's own: no key makes one that may do more than itself. Pure. */
export function entriesBeyond(own: AllowList, wanted: AllowList): string[] {
  return wanted.filter((entry) => {
    const [type, id] = splitEntry(entry);
    return !own.some((held) => {
      const [ownType, ownId] = splitEntry(held);
      return (ownType === "*" || ownType === type) && (ownId === "*" || ownId === id);
    });
  });
}

/** An entry as it is stored: ids in lower case, but for those of keys, whose case counts. */
export function normalEntry(entry: string | { readonly type: string; readonly id: string }): string {
  const text = typeof entry === "string" ? entry : `${entry.type}:${entry.id}`;
  return uuid.test(text.slice(text.indexOf(":") + 1).toLowerCase()) ? text.toLowerCase() : text;
}

/** What is wrong with a list that somebody gave. */
export function faultOfAllowList(list: AllowList): string | undefined {
  if (list.length === 0) return `holds nothing: leave it out, or say ["${everything}"], for all that you reach`;
  return list.map(faultOfEntry).find((fault) => fault !== undefined);
}

function faultOfEntry(entry: string): string | undefined {
  const [type, id] = splitEntry(entry);
  if (!entry.includes(":")) return `"${entry}" is no "type:id", such as "workspace:<uuid>" or "template:*"`;
  if (!types.has(type)) return `"${entry}" names no type of resource`;
  const isId = id === "*" || uuid.test(id) || (type === "api_key" && keyId.test(id));
  return isId ? undefined : `"${entry}" has no id: it must be a UUID or *`;
}

/** What has no colon has an empty id, as nothing has. */
function splitEntry(entry: string): [type: string, id: string] {
  const [type = "", ...id] = entry.split(":");
  return [type, id.join(":")];
}
