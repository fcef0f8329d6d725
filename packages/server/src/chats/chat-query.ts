import { parseSearchQuery, refuseQuery, SearchReader } from "../ground/http/index.ts";

/** What `q` and `label` of the list of chats ask for. Texts are lower-case; absent means: does not matter. */
export interface ChatFilter {
  /** In its title, or in what was said. */
  readonly search?: string | undefined;
  readonly title?: string | undefined;
  readonly archived: boolean;
  readonly hasUnread?: boolean | undefined;
  readonly statuses: readonly string[];
  readonly source?: "created_by_me" | "shared_with_me" | undefined;
  /** All of them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Asked for a change that no chat has. */
  readonly matchesNothing: boolean;
}

const statuses = ["waiting", "running", "error", "requires_action", "interrupting"] as const;

/** Pure. @throws ApiError `bad_query` naming the key @see spec/chat.md §17 */
export function parseChatQuery(text: string, labels: readonly string[]): ChatFilter {
  const query = parseSearchQuery(text);
  if (query.free !== "") {
    throw refuseQuery("q", `"${query.free}" needs a key: search:"${query.free}" looks for it`);
  }
  const reader = new SearchReader(query);
  const search = reader.one("search");
  const title = reader.one("title");
  const changes = ["repo", "pr", "pr_title", "diff_url"].flatMap((key) => reader.list(key));
  const pullRequests = reader.list("pr_status");
  if (search !== undefined && (title !== undefined || changes.length > 0)) {
    throw refuseQuery("search", "search looks at titles and pull requests itself: leave the other out");
  }
  const [source] = reader.words("source", ["created_by_me", "shared_with_me"]);
  const filter: ChatFilter = {
    search,
    title,
    archived: reader.bool("archived") ?? false,
    hasUnread: reader.bool("has_unread"),
    statuses: reader.words("status", statuses),
    source,
    labels: Object.fromEntries(labels.map(readLabel)),
    matchesNothing: changes.length > 0 || (pullRequests.length > 0 && !pullRequests.includes("none")),
  };
  reader.finish();
  return filter;
}

function readLabel(text: string): [key: string, value: string] {
  const colon = text.indexOf(":");
  if (colon > 0) return [text.slice(0, colon), text.slice(colon + 1)];
  throw refuseQuery("label", `"${text}" must be key:value`);
}
