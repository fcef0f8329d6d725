import { Batcher, type Clock, type Logger } from "@hearth/base";
import type { Db } from "../ground/database/index.ts";
import { recordActivity } from "./activity.ts";

/** Uses of a minute are written together: who worked when is not a matter of seconds. @see spec/builds.md §14 */
const flushEveryMs = 60_000;
const maxWorkspaces = 1_000;

/** Takes the ids of workspaces that are in use and writes them down in one statement a minute, each once. */
export function activityBatcher({ db, clock, log }: { db: Db; clock: Clock; log: Logger }): Batcher<string> {
  return new Batcher<string>(
    {
      name: "workspace-activity",
      maxItems: maxWorkspaces,
      maxWaitMs: flushEveryMs,
      capacity: 10 * maxWorkspaces,
      key: (workspaceId) => workspaceId,
      clock,
      log,
    },
    (workspaceIds) => recordActivity(db, workspaceIds, clock.now()),
  );
}
