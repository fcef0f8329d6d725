import { posix } from "node:path";
import type { Manifest } from "@hearth/wire/agent-proto";
import { uuidFromBytes } from "@hearth/wire";
import { expandVariables } from "#environment/expand.ts";

/** What the agent itself knows of where it runs. */
export interface Host {
  /** The environment the agent was started with. */
  readonly processEnv: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly userName: string;
  readonly shell: string;
  readonly serverUrl: string;
  readonly token: string;
  /** Where scripts put programs for everybody; first in `PATH`. */
  readonly binDirectory: string;
}

const fallbackPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** For the agent alone; not what a person wants to find in a shell. */
const privateVariables = ["CODER_AGENT_TOKEN_FILE", "HEARTH_AGENT_TOKEN_FILE", "NODE_OPTIONS", "NODE_COMPILE_CACHE"];

/**
 * The environment of whatever starts in the workspace, weakest first: the agent's own, what Hearth says about the
 * workspace (each under Coder's name and ours), the template's variables with `$NAME` expanded, the owner's secrets
 * word for word, and last what engines find our processes by, which nothing may override.
 * @see agents §18.3
 */
export function buildEnvironment(host: Host, manifest: Manifest | undefined): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(host.processEnv)) if (value !== undefined) env[name] = value;
  for (const name of privateVariables) delete env[name];
  Object.assign(env, login(host, env), underBothNames(builtIns(host, manifest)));
  if (manifest?.vsCodePortProxyUri) env.VSCODE_PROXY_URI = manifest.vsCodePortProxyUri;
  const known = { ...env };
  for (const [name, value] of Object.entries(manifest?.environmentVariables ?? {})) {
    env[name] = expandVariables(value, known);
  }
  for (const { envName, value } of manifest?.secrets ?? []) {
    if (envName !== "") env[envName] = Buffer.from(value).toString("utf8");
  }
  Object.assign(env, underBothNames(identity(host, manifest)));
  env.PATH = [host.binDirectory, env.PATH || fallbackPath].join(posix.delimiter);
  return env;
}

/** What a login would have set, where nobody has. */
function login({ home, userName, shell }: Host, env: Readonly<Record<string, string>>): Record<string, string> {
  const user = env.USER || userName;
  return { HOME: env.HOME || home, USER: user, LOGNAME: env.LOGNAME || user, SHELL: shell };
}

function builtIns({ serverUrl, token }: Host, manifest: Manifest | undefined): Record<string, string> {
  return {
    "": "true", // CODER=true, HEARTH=true
    AGENT_URL: serverUrl,
    URL: serverUrl,
    AGENT_TOKEN: token,
    ...(manifest && {
      WORKSPACE_NAME: manifest.workspaceName,
      WORKSPACE_AGENT_NAME: manifest.agentName,
      WORKSPACE_OWNER_NAME: manifest.ownerUsername,
    }),
  };
}

function identity({ processEnv }: Host, manifest: Manifest | undefined): Record<string, string> {
  const id = manifest && manifest.workspaceId.length > 0 ? uuidFromBytes(manifest.workspaceId) : undefined;
  const workspaceId = id ?? processEnv.HEARTH_WORKSPACE_ID ?? processEnv.CODER_WORKSPACE_ID;
  return workspaceId === undefined ? {} : { WORKSPACE_ID: workspaceId };
}

function underBothNames(values: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.entries(values).flatMap(([name, value]) =>
    ["CODER", "HEARTH"].map((prefix) => [name === "" ? prefix : `${prefix}_${name}`, value] as const),
  );
  return Object.fromEntries(names);
}
