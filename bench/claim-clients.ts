import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ClaimOrder, Created } from "./programs/claim-clients.ts";
import { within } from "./within.ts";

export type { Created } from "./programs/claim-clients.ts";

/** Has clients in a process of their own create workspaces. @throws Error when a request has no answer */
export async function createMany(order: ClaimOrder, patienceMs: number): Promise<readonly Created[]> {
  const child = fork(join(import.meta.dirname, "programs/claim-clients.ts"));
  try {
    child.send(order);
    const told = within(`${order.count} creates`, once(child, "message"), patienceMs);
    const [{ created, failed }] = (await told) as [{ created?: Created[]; failed?: string }]; // what it sends
    if (created === undefined) throw new Error(`the clients failed: ${failed}`);
    return created;
  } finally {
    child.kill();
  }
}
