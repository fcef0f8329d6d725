/** What a user calls a workspace: `dev`, `ada/dev`, `dev.main`, `ada--dev--main`, or an id. */
export interface WorkspaceReference {
  /** A name, or `me`. */
  readonly owner: string;
  readonly workspace: string;
  /** Empty when none is named. */
  readonly agent: string;
}

/**
 * Takes a workspace's reference apart; `undefined` when it has too many or empty parts.
 *
 * `/` and `--` part owner, workspace and agent (no name holds two hyphens in a row); a dot parts workspace and agent.
 */
export function parseWorkspaceReference(text: string): WorkspaceReference | undefined {
  const parts = text.replaceAll("--", "/").split("/");
  if (parts.length > 3 || parts.includes("")) return undefined;
  const [first = "", second, third] = parts;
  if (third !== undefined) return second === undefined ? undefined : { owner: first, workspace: second, agent: third };
  const [workspace = "", ...agent] = (second ?? first).split(".");
  if (workspace === "" || agent.length > 1 || agent[0] === "") return undefined;
  return { owner: second === undefined ? "me" : first, workspace, agent: agent[0] ?? "" };
}

/** What `config-ssh` put around a workspace's name to make a host of it. */
export interface HostForm {
  /** `hearth.` in `hearth.dev`. */
  readonly prefix: string;
  /** `hearth` in `dev.hearth`. */
  readonly suffix: string;
}

/**
 * The workspace behind a host name of `ssh`: `hearth.dev`, `hearth.ada--dev--main`, `dev.hearth`, and with a suffix also
 * `main.dev.ada.hearth` (agent, workspace, owner).
 */
export function stripHostForm(host: string, { prefix, suffix }: HostForm): string {
  if (prefix !== "" && host.startsWith(prefix)) return host.slice(prefix.length);
  const ending = `.${suffix.replace(/^\./, "")}`;
  if (suffix === "" || !host.endsWith(ending)) return host;
  const inner = host.slice(0, -ending.length);
  const [agent, workspace, owner, ...more] = inner.split(".");
  return owner === undefined || more.length > 0 ? inner : `${owner}/${workspace}.${agent}`;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return uuid.test(text);
}
