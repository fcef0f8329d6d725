import type { Clock, Logger } from "@hearth/base";
import { endpoints } from "@hearth/sdk";
import type { Db } from "../ground/database/index.ts";
import { route, type EventStream, type Route } from "../ground/http/index.ts";
import { newestValues, OneWaySocket } from "../ground/live/index.ts";
import { authorizeList, can, type Context } from "../access/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { getWorkspace, workspaceObject } from "./access.ts";
import { findWorkspaceObjects } from "./store.ts";
import { EventFeed, readWorkspaceRender, workspaceTopics, type WorkspaceRender } from "./watching/index.ts";

/** Watching one workspace (events or WebSocket), and hints about all. */
export function watchRoutes(deps: { db: Db; pubsub: PubSub; clock: Clock; log: Logger }): Route[] {
  const { db, pubsub, clock, log } = deps;
  const topics = workspaceTopics<WorkspaceRender>({
    pubsub,
    clock,
    log,
    read: (workspaceId) => readWorkspaceRender(db, workspaceId, clock.now()),
    templateOf: (render) => render.row.template_id,
  });
  const feed = new EventFeed({ pubsub, clock, log, findObjects: (ids) => findWorkspaceObjects(db, ids) });
  return [
    route(endpoints.workspaces.watchWorkspace)({
      access: "workspace:read",
      load: ({ ctx, params }) => getWorkspace(ctx, db, params.workspace),
      async stream({ ctx, loaded }, open) {
        using seat = topics.join(loaded.id);
        const stream = open(loaded.granted);
        await stream.ping();
        const keepAlive = stream.keepAlive();
        for await (const text of visibleTexts(ctx, newestValues(seat, stream.signal)))
          await stream.sendText("data", text);
        await endUnlessGone(stream, keepAlive);
      },
    }),
    route(endpoints.workspaces.watchWorkspaceSocket)({
      access: "workspace:read",
      load: ({ ctx, params }) => getWorkspace(ctx, db, params.workspace),
      async socket({ ctx, loaded, accept }) {
        using seat = topics.join(loaded.id);
        using socket = new OneWaySocket(await accept(loaded.granted), clock, ctx.signal);
        await socket.sendText('{"type":"ping","data":null}');
        for await (const text of visibleTexts(ctx, newestValues(seat, socket.signal))) {
          await socket.sendText(`{"type":"data","data":${text}}`);
        }
        socket.close(1000);
      },
    }),
    route(endpoints.hearth.watchWorkspaces)({
      access: "workspace:read",
      async stream({ ctx }, open) {
        const granted = authorizeList(ctx, "workspace:read");
        using follower = feed.follow(granted.reach);
        const stream = open(granted, (now) => follower.refit(now.reach));
        await stream.ping();
        const keepAlive = stream.keepAlive();
        for await (const batch of follower.batches(stream.signal)) await stream.sendText("data", ...batch);
        await keepAlive;
      },
    }),
  ];
}

/** Texts for this viewer, as long as it may see the workspace: a claim may have given it away. */
async function* visibleTexts(
  ctx: Context,
  renders: AsyncIterable<WorkspaceRender>,
): AsyncGenerator<string, void, undefined> {
  const viewerId = ctx.actor.kind === "user" ? ctx.actor.userId : undefined;
  for await (const render of renders) {
    if (!can(ctx, "workspace:read", workspaceObject(render.row))) return;
    yield render.textFor(viewerId);
  }
}

/** A stream whose viewer may see no more ends; one whose client left has ended. */
async function endUnlessGone(stream: EventStream, keepAlive: Promise<void>): Promise<void> {
  if (stream.signal.aborted) await keepAlive;
  else await stream.send("error", { message: "You can no longer see this workspace." });
}
