import type { Clock, Logger } from "@hearth/base";
import { hearChannels, Topics } from "../../ground/live/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";

/** Renders of one workspace are at least this far apart; the first after quiet comes at once. @see spec/agents.md A-31 */
const gapMs = 250;
/** Stands behind lost messages, and behind what changes by time alone (an agent that takes too long). */
const pollMs = 30_000;

export interface WorkspaceTopicsDeps<R> {
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  /** One read for all watchers of a workspace. */
  readonly read: (workspaceId: string) => Promise<R>;
  /** The template of a render: promoting a version makes its workspaces outdated. */
  readonly templateOf: (render: R) => string | undefined;
}

/**
 * Every workspace that is watched in this replica, by id. One subscription hears the events of all owners, so a workspace
 * that changes hands keeps its watchers.
 */
export function workspaceTopics<R>({ pubsub, clock, log, read, templateOf }: WorkspaceTopicsDeps<R>): Topics<R> {
  return new Topics<R>({
    name: "workspace-watch",
    clock,
    log,
    gapMs,
    pollMs,
    read: async (workspaceId) => await read(workspaceId),
    hear: (bells) =>
      hearChannels(pubsub, bells, {
        workspace_owner: (event) => bells.ring(event.workspace_id),
        template: (_message, templateId) => bells.ringWhere((render) => templateOf(render) === templateId),
      }),
  });
}
