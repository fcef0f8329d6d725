import { parseSearchQuery, refuseQuery, SearchReader } from "../ground/http/index.ts";
import type { UserFilter } from "./users-store.ts";

/** The filter that the `q` of `GET /users` asks for. @throws ApiError `bad_query` */
export function parseUserQuery(text: string): UserFilter {
  const query = parseSearchQuery(text);
  const reader = new SearchReader(query);
  const githubId = reader.one("github_com_user_id");
  if (githubId !== undefined && !/^\d+$/.test(githubId)) {
    throw refuseQuery("github_com_user_id", `Query param "github_com_user_id" must be a number, not "${githubId}"`);
  }
  const filter = {
    search: reader.one("search") ?? query.free,
    statuses: reader.words("status", ["active", "dormant", "suspended"]),
    roles: reader.list("role"),
    loginTypes: reader.words("login_type", ["password", "github", "oidc", "token", "none"]),
    lastSeenAfter: reader.time("last_seen_after"),
    lastSeenBefore: reader.time("last_seen_before"),
    createdAfter: reader.time("created_after"),
    createdBefore: reader.time("created_before"),
    // Nobody logs in by GitHub here yet: the key is known and matches nobody.
    matchesNobody: githubId !== undefined,
  };
  reader.finish();
  return filter;
}
