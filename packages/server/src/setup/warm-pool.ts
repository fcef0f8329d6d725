import { sql } from "kysely";
import { Scope, type Clock } from "@hearth/base";
import { prebuildsUserId } from "@hearth/sdk";
import { computed, defineStatement, type Db } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";

interface Terminal {
  line(text: string): void;
  status(text: string): void;
}

const lookEveryMs = 2_000;

/** Shows how many warm workspaces there are until all that are wanted are; resolves then, or when `signal` aborts. */
export async function watchPool(
  server: { database: { db: Db }; pubsub: PubSub },
  terminal: Terminal,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = clock.now();
  for (;;) {
    using bell = new Scope(signal);
    const ring = () => bell.end();
    using _subscription = server.pubsub.subscribe("workspace_owner", prebuildsUserId, {
      onMessage: ring,
      onDropped: ring,
    });
    const { wanted, ready } = await countWarm(server.database.db);
    if (wanted === 0) return;
    if (ready >= wanted) {
      const seconds = ((clock.now() - startedMs) / 1000).toFixed(1);
      terminal.line(
        `  ${ready} warm ${ready === 1 ? "workspace is" : "workspaces are"} ready (${seconds} s). Press Ctrl-C to stop.`,
      );
      return;
    }
    terminal.status(`  warming up: ${ready} of ${wanted} workspaces ready …`);
    await clock.sleep(lookEveryMs, { signal: bell.signal, tag: "watch-pool" }).catch(() => undefined); // rung, or interrupted
    if (signal.aborted) return;
  }
}

const count = defineStatement({
  name: "setup.count_warm",
  columns: { wanted: computed.number, ready: computed.number },
  samples: [{}],
  build: () => sql`
    select
      (select coalesce(sum(p.desired_instances), 0)::int from template_version_presets p
        join templates t on t.active_version_id = p.template_version_id and not t.deleted and t.deprecated = '') as wanted,
      (select count(*)::int from workspaces w where w.owner_id = ${prebuildsUserId} and not w.deleted
        and exists (select 1 from workspace_agents a where a.workspace_id = w.id and not a.deleted)
        and not exists (select 1 from workspace_agents a where a.workspace_id = w.id and not a.deleted and a.lifecycle_state <> 'ready')) as ready`,
});

async function countWarm(db: Db): Promise<{ wanted: number; ready: number }> {
  const row = await count.first(db, {});
  return row ?? { wanted: 0, ready: 0 };
}
