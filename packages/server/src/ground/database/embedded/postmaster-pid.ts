import { readFile } from "node:fs/promises";
import { join } from "node:path";

const statuses = ["starting", "stopping", "ready", "standby"] as const;

/** What a running PostgreSQL writes about itself into `postmaster.pid` (PostgreSQL's `src/include/utils/pidfile.h`). */
export interface PostmasterPid {
  readonly pid: number;
  /** Empty until the socket has been made. */
  readonly socketDir: string;
  readonly status: (typeof statuses)[number] | "unknown";
}

/** What the file says; `undefined` when there is none, or it is not yet written through. */
export async function readPostmasterPid(clusterDir: string): Promise<PostmasterPid | undefined> {
  try {
    return parsePostmasterPid(await readFile(join(clusterDir, "postmaster.pid"), "utf8"));
  } catch {
    return undefined; // no file, or a cluster that cannot be read, which starting it will explain
  }
}

/** Pure. Lines: pid, data directory, start time, port, socket directory, address, shared memory key, status. */
export function parsePostmasterPid(text: string): PostmasterPid | undefined {
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, socketDir: lines[4] ?? "", status: toStatus(lines[7]?.trim()) };
}

function toStatus(word: string | undefined): PostmasterPid["status"] {
  return statuses.find((status) => status === word) ?? "unknown";
}
