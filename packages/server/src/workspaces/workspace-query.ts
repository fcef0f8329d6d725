import { WorkspaceStatus } from "@hearth/sdk";
import { findUuid, parseSearchQuery, refuseQuery, SearchReader } from "../ground/http/index.ts";

/** What `q` of the workspace list asks for. Texts are lower-case; absent means: does not matter. */
export interface WorkspaceFilter {
  /** A username, or `me`. */
  readonly owner?: string | undefined;
  /** Part of the name. */
  readonly name?: string | undefined;
  readonly template?: string | undefined;
  readonly ids: readonly string[];
  readonly statuses: readonly string[];
  /** Statuses of agents; ones that do not exist match nothing. */
  readonly agentStatuses: readonly string[];
  readonly isDormant?: boolean | undefined;
  readonly isOutdated?: boolean | undefined;
  readonly usedAfter?: Date | undefined;
  readonly usedBefore?: Date | undefined;
  /** An id or a name. */
  readonly organization?: string | undefined;
  /** All of them; without a value the parameter must only be there. */
  readonly parameters: readonly { readonly name: string; readonly value?: string }[];
  readonly isShared?: boolean | undefined;
  /** An id, a username, or `me`. */
  readonly sharedWithUser?: string | undefined;
  readonly sharedWithGroup?: string | undefined;
  /** True: asked for what no workspace has here (AI tasks, external agents). */
  readonly matchesNothing: boolean;
}

/** Pure. @throws ApiError `bad_query` naming the key @see spec/api.md §4 */
export function parseWorkspaceQuery(text: string): WorkspaceFilter {
  const query = parseSearchQuery(text);
  const reader = new SearchReader(query);
  const [freeOwner, freeName] = splitFree(query.free);
  const healthy = reader.bool("healthy");
  const filter: WorkspaceFilter = {
    owner: reader.one("owner") ?? freeOwner,
    name: reader.one("name") ?? freeName,
    template: reader.one("template"),
    ids: reader.list("id").map(asId),
    statuses: reader.words("status", WorkspaceStatus.options),
    agentStatuses: [...reader.list("has-agent"), ...(healthy === undefined ? [] : statusesOfHealth(healthy))],
    isDormant: reader.bool("dormant"),
    isOutdated: reader.bool("outdated"),
    usedAfter: reader.time("last_used_after"),
    usedBefore: reader.time("last_used_before"),
    organization: reader.one("organization"),
    parameters: reader.list("param").map(asParameter),
    isShared: reader.bool("shared"),
    sharedWithUser: reader.one("shared_with_user"),
    sharedWithGroup: reader.one("shared_with_group"),
    matchesNothing: [reader.bool("has-ai-task"), reader.bool("has_external_agent")].includes(true),
  };
  reader.finish();
  return filter;
}

/** `owner/name`, or a name alone. */
function splitFree(free: string): [owner: string | undefined, name: string | undefined] {
  if (free === "") return [undefined, undefined];
  const slash = free.indexOf("/");
  return slash < 0 ? [undefined, free] : [free.slice(0, slash) || undefined, free.slice(slash + 1) || undefined];
}

function statusesOfHealth(healthy: boolean): string[] {
  return healthy ? ["connected"] : ["disconnected", "timeout"];
}

function asId(text: string): string {
  const id = findUuid(text);
  if (id === undefined) throw refuseQuery("id", `Query param "id" has invalid value: "${text}" is no UUID`);
  return id;
}

function asParameter(text: string): { name: string; value?: string } {
  const equals = text.indexOf("=");
  return equals < 0 ? { name: text } : { name: text.slice(0, equals), value: text.slice(equals + 1) };
}
