import { agentApiVersion } from "./api-version.ts";

/** The header that carries an agent's token, on its session and on every other request. */
export const sessionTokenHeader = "Coder-Session-Token";
export const agentConnectPath = "/api/v2/workspaceagents/me/rpc";

export interface AgentConnectOptions {
  /** @default "2.10" */
  version?: string | undefined;
  /** `agent` is watched by the server; any other role leaves the agent's connection status alone. @default "agent" */
  role?: string | undefined;
  /** Takes manifests that the server pushes. @default false */
  takesPushes?: boolean | undefined;
}

/** The WebSocket address of an agent's session. `serverUrl` is the server's http or https address, a path included. */
export function agentConnectUrl(
  serverUrl: string | URL,
  { version, role, takesPushes = false }: AgentConnectOptions = {},
): URL {
  const url = new URL(serverUrl);
  url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
  url.pathname = url.pathname.replace(/\/+$/, "") + agentConnectPath;
  url.hash = "";
  const asked = { version: version ?? agentApiVersion, role: role ?? "agent" };
  url.search = new URLSearchParams(takesPushes ? { ...asked, push: "true" } : asked).toString();
  return url;
}
