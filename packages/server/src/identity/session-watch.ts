import type { FastifyRequest } from "fastify";
import type { Logger } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import type { Access } from "../ground/http/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import type { Actor, UserActor } from "../access/index.ts";

export interface SessionWatchDeps {
  readonly pubsub: PubSub;
  readonly log: Logger;
  readonly authenticate: (request: FastifyRequest, access: Access) => Promise<Actor>;
}

/** Tells what a user holds open, after the commit, that its sessions ended or that it may do other things than before. */
export function announceAccessChanged(pubsub: PubSub, userId: string): void {
  pubsub.publish("user_access", userId, {});
}

/**
 * Makes the watch over requests that stay open: who logs out, loses a token or is suspended or deleted keeps no stream,
 * terminal or tunnel. `onEnded` is called when the request would not be let in any more. Nothing is asked of the
 * database until somebody announces a change of this user's sessions.
 */
export function createSessionWatch({ pubsub, log, authenticate }: SessionWatchDeps) {
  return (request: FastifyRequest, access: Access, actor: UserActor, onEnded: () => void): Disposable => {
    async function lookAgain(): Promise<void> {
      try {
        await authenticate(request, access);
      } catch (error) {
        if (error instanceof ApiError) onEnded();
        else log.warn({ err: error }, "whether a session still holds could not be read");
      }
    }
    return pubsub.subscribe("user_access", actor.userId, {
      onMessage: () => void lookAgain(),
      onDropped: () => void lookAgain(),
    });
  };
}
