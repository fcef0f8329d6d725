export interface RecordedRoute {
  readonly method: string;
  readonly path: string;
  readonly requiredQuery?: readonly { name: string; type: string }[];
}

/** One question of a route: who asks, where, with what. */
export interface Question {
  readonly case: string;
  readonly url: string;
  readonly as: "owner" | "member" | "nobody" | "bad token";
  readonly body?: string;
}

/** Routes that are asked elsewhere: streams, log-out, what would end the deployment. */
const skipped =
  /logout|\/users\/first|convert-login|debug\/|\/rpc$|coordinate|derp|\/pty|watch|logs$|speedtest|init-script|github/;

const uuidParameters = new Set(
  "workspace workspacebuild workspaceagent template templateversion organization user jobID job fileID file id chat task group message notification_template workspaceproxy session_id devcontainer secretID provisionerkey".split(
    " ",
  ),
);

/** Actions that need no body; `suspend` and `cancel` among them would outlast the question. */
const bodyless =
  /favorite|status\/(suspend|activate)|dormant|cancel|archive|unarchive|resume|pause|regenerate|gitsshkey|reset|test|mark-all|promote|refresh/;

const ghost = "11111111-2222-4333-8444-555555555555";

/** The questions that the recording asked of a route. `ids` are those of things that exist, by the name of the path's part. */
export function questionsOf(route: RecordedRoute, ids: Readonly<Record<string, string | undefined>>): Question[] {
  if (skipped.test(route.path)) return [];
  const full = /^\/(api|\.well|oauth2|scim)/.test(route.path) ? route.path : `/api/v2${route.path}`;
  const names = [...route.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? "");
  const first = names.find((name) => uuidParameters.has(name));
  const last = [...names].reverse().find((name) => uuidParameters.has(name));
  const query = (route.requiredQuery ?? []).map(({ name, type }) => `${name}=${sampleOf(name, type)}`).join("&");
  const fill = (over: Readonly<Record<string, string>> = {}) =>
    full.replace(
      /\{([^}]+)\}/g,
      (_, name: string) => over[name] ?? ids[name] ?? (uuidParameters.has(name) ? ghost : "x"),
    );
  const url = (over?: Readonly<Record<string, string>>) => fill(over) + (query === "" ? "" : `?${query}`);
  const withUnknown = (body?: string): Question[] => {
    if (last === undefined || (route.method === "DELETE" && first !== names.at(-1))) return [];
    const unknown = last === "user" ? "no-such-user" : ghost;
    return [
      { case: `unknown ${last}`, url: url({ [last]: unknown }), as: "owner", ...(body === undefined ? {} : { body }) },
      { case: `malformed ${last}`, url: url({ [last]: "n$pe" }), as: "owner", ...(body === undefined ? {} : { body }) },
    ];
  };
  if (route.method === "GET") {
    return [
      { case: "owner", url: url(), as: "owner" },
      { case: "anonymous", url: url(), as: "nobody" },
      { case: "bad token", url: url(), as: "bad token" },
      { case: "other member", url: url(), as: "member" },
      ...withUnknown(),
    ];
  }
  if (route.method === "DELETE") {
    return [
      { case: "anonymous", url: fill(first === undefined ? {} : { [first]: ghost }), as: "nobody" },
      ...withUnknown(),
    ];
  }
  const isFree = bodyless.test(route.path);
  const outlasts = isFree && /suspend|cancel/.test(route.path);
  const asOwner: Question[] = [
    { case: "empty object", url: url(), as: "owner", body: "{}" },
    { case: "broken JSON", url: url(), as: "owner", body: "{" },
    { case: "wrong types", url: url(), as: "owner", body: "[1]" },
  ];
  return [
    ...(outlasts ? [] : asOwner),
    { case: "anonymous", url: url(), as: "nobody", body: "{}" },
    ...(isFree ? [] : [{ case: "other member", url: url(), as: "member", body: "{}" } as const]),
    ...withUnknown("{}"),
  ];
}

/** A key of the right form that nobody has. */
export const badToken = "aaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbb";

function sampleOf(name: string, type: string): string {
  if (name.includes("start")) return "2026-11-20T00:00:00Z";
  if (name.includes("end")) return "2026-11-21T00:00:00Z";
  return type === "integer" || name.includes("offset") ? "0" : "x";
}

/** Where a route belongs: the first word of its path. */
export function areaOf(path: string): string {
  return path.replace(/^\/api\/(v2|experimental)/, "").split("/")[1] || "/";
}
