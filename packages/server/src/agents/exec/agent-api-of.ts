import type { IncomingMessage } from "node:http";
import { ApiError } from "@hearth/sdk";
import type { z } from "zod";
import type { Context } from "../../access/index.ts";
import { reachAgent, type DialGrant, type ReachDeps } from "../dial/reach-agent.ts";
import { getAgent } from "../routes/find-agent.ts";
import { askAgentApi, readJson, type AgentQuestion } from "./agent-api.ts";

/** The agent of a path, with the right to log in there. */
export interface LoadedAgent {
  readonly id: string;
  readonly granted: DialGrant;
}

type Asked = Omit<AgentQuestion, "signal">;

/** Of a body that goes through, what its receiver needs to know. */
const bodyHeaders = ["content-length", "content-range", "accept-ranges", "etag", "last-modified"] as const;

/** What routes need to let a caller ask the API of an agent that it may log in to. */
export function agentApiOf(deps: ReachDeps) {
  const ask = async (ctx: Context, { id, granted }: LoadedAgent, question: Asked): Promise<IncomingMessage> => {
    const { signal } = ctx;
    const agent = await reachAgent(deps, granted, { agentId: id, wait: "none", signal });
    return await askAgentApi(agent, { ...question, signal }, deps);
  };
  return {
    load: ({ ctx, params }: { ctx: Context; params: { workspaceagent: string } }) =>
      getAgent(ctx, deps.db, params.workspaceagent, "workspace:ssh"),
    ask,
    /** An answer of JSON as it is, once it is known to be what was asked for. @throws ApiError as {@link askAgentApi} */
    async askJson<S extends z.ZodType>(
      ctx: Context,
      loaded: LoadedAgent,
      schema: S,
      question: Asked,
    ): Promise<z.output<S>> {
      const value = await readJson(await ask(ctx, loaded, question));
      const parsed = schema.safeParse(value);
      // What a newer agent says besides goes through.
      if (parsed.success) return value as z.output<S>;
      throw new ApiError("agent_unreachable", "The agent did not answer as it should: restart the workspace.", {
        detail: parsed.error.issues[0]?.message,
      });
    },
    /** An answer without a body. */
    async askNothing(ctx: Context, loaded: LoadedAgent, question: Asked): Promise<void> {
      (await ask(ctx, loaded, question)).destroy();
    },
    /** A body that goes through as it comes. */
    async askBytes(ctx: Context, loaded: LoadedAgent, question: Asked) {
      const response = await ask(ctx, loaded, question);
      const headers = Object.fromEntries(
        bodyHeaders.flatMap((name) => (response.headers[name] === undefined ? [] : [[name, response.headers[name]]])),
      );
      const contentType = response.headers["content-type"] ?? "application/octet-stream";
      return { status: response.statusCode ?? 200, body: response, headers, contentType };
    },
  };
}
