import { isIP } from "node:net";
import type { MessageShape } from "@hearth/wire";
import type { ConnectionSchema } from "@hearth/wire/agent-proto";
import { appFamilyOf, type AppFamily } from "./app-family.ts";
import { instantField, refuse, uuidField } from "./refusals.ts";
import { connectionActionOf, connectionTypeOf } from "./words.ts";

export interface ConnectionReport {
  readonly id: string;
  readonly action: "connect" | "disconnect";
  readonly type: AppFamily | undefined;
  /** As the agent names it, from 2.13 on. */
  readonly appName: string | undefined;
  readonly atMs: number;
  /** Undefined when it cannot be read. */
  readonly ip: string | undefined;
  /** The command's exit code; of a disconnect only. */
  readonly statusCode: number | undefined;
  readonly reason: string | undefined;
}

const nil = "00000000-0000-0000-0000-000000000000";

/** A user's connection to the workspace as the agent reports it, checked. Pure. @throws DrpcError @see spec/agents.md §6 */
export function readConnection(
  connection: MessageShape<typeof ConnectionSchema> | undefined,
  nowMs: number,
): ConnectionReport {
  if (connection === undefined) throw refuse("The connection is missing.");
  const id = uuidField("id", connection.id);
  if (id === nil) throw refuse("A connection's id may not be the all-zero uuid.");
  const action = connectionActionOf(connection.action);
  if (action === undefined) throw refuse(`Action ${connection.action} of a connection is not known.`);
  const appName = connection.appName === "" ? undefined : connection.appName;
  return {
    id,
    action,
    type: appName === undefined ? connectionTypeOf(connection.type) : appFamilyOf(appName),
    appName,
    atMs: instantField(connection.timestamp) ?? nowMs,
    ip: readIp(connection.ip),
    statusCode: action === "disconnect" ? connection.statusCode : undefined,
    reason: connection.reason,
  };
}

function readIp(text: string): string | undefined {
  if (text === "localhost") return "127.0.0.1";
  return isIP(text) === 0 ? undefined : text;
}
