import { Batcher, type Clock, type Logger } from "@hearth/base";
import { systemContext, type Granted, type Thing } from "../access/index.ts";
import type { Db } from "../ground/database/index.ts";
import { recordActivity } from "./activity.ts";

/** Uses of a minute are written together: who worked when is not a matter of seconds. @see spec/builds.md §14 */
const flushEveryMs = 60_000;
const maxWorkspaces = 1_000;

type Used = Granted<"workspace:update", Thing>;

/** Takes workspaces that are in use and writes them down in one statement a minute, each once. */
export function activityBatcher({ db, clock, log }: { db: Db; clock: Clock; log: Logger }): Batcher<Used> {
  // What waits is written when the batcher is disposed, so nothing gives it up.
  const ctx = systemContext("agents", log, new AbortController().signal);
  return new Batcher<Used>(
    {
      name: "workspace-activity",
      maxItems: maxWorkspaces,
      maxWaitMs: flushEveryMs,
      capacity: 10 * maxWorkspaces,
      key: ({ object }) => object.id,
      clock,
      log,
    },
    (used) => recordActivity(ctx, db, used, clock.now()),
  );
}
