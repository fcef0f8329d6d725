import type { Duplex } from "node:stream";
import { messageOf } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { FrameReader, type Frame } from "@hearth/sdk/commands";
import { agentPorts, DialUnsupported } from "@hearth/wire";
import type { ReachedAgent } from "../dial/reach-agent.ts";

const upgradeRequest = [
  "GET /api/v1/commands HTTP/1.1",
  "Host: agent",
  "Connection: Upgrade",
  "Upgrade: hearth-commands",
  "\r\n",
].join("\r\n");

const longestHeadBytes = 8 * 1024;

/**
 * The commands connection of an agent: frames may be written from now on, right behind our request for it. Whether the
 * agent agrees is heard with its frames. @throws ApiError `exec_unsupported`, `agent_unreachable`; the signal's reason
 */
export async function openCommandStream(agent: ReachedAgent, signal: AbortSignal): Promise<Duplex> {
  const stream = await dialApi(agent, "commands", signal);
  stream.write(upgradeRequest);
  return stream;
}

/** A connection to an agent's own HTTP API. @throws ApiError `exec_unsupported`, `agent_unreachable`; the signal's reason */
export async function dialApi(agent: ReachedAgent, reason: string, signal: AbortSignal): Promise<Duplex> {
  try {
    return await agent.dial({ port: agentPorts.http, reason, signal });
  } catch (error) {
    throw error instanceof ApiError && error.cause instanceof DialUnsupported ? execUnsupported(error) : error;
  }
}

/** The agent is of another make, or older than its API. */
export function execUnsupported(cause?: unknown): ApiError {
  return new ApiError(
    "exec_unsupported",
    "The agent of this workspace cannot run commands by itself: use ssh, or restart the workspace for a newer agent.",
    { cause },
  );
}

export interface FrameListener {
  /** The agent has agreed to speak frames. */
  readonly onAgreed?: () => void;
  /** Of one chunk that came: the last call of it has `isLast`. @throws Error to end the stream with it */
  readonly onFrame: (frame: Frame) => void;
  /** The stream is over, with why: `exec_unsupported` when the agent knows no such connection. Once. */
  readonly onEnd: (why: Error) => void;
}

/** Listens to what the agent says on its commands connection, until that is over. */
export function hearFrames(stream: Duplex, { onAgreed, onFrame, onEnd }: FrameListener): void {
  const frames = new FrameReader();
  let head: Buffer | undefined = Buffer.alloc(0);
  let isOver = false;
  const end = (why: Error) => {
    if (isOver) return;
    isOver = true;
    stream.destroy();
    onEnd(why);
  };
  stream.on("data", (chunk: Buffer) => {
    if (isOver) return;
    try {
      let rest: Buffer = chunk;
      if (head !== undefined) {
        head = Buffer.concat([head, chunk]);
        const headEnd = head.indexOf("\r\n\r\n");
        if (headEnd < 0 && head.length <= longestHeadBytes) return;
        requireAgreement(head.subarray(0, Math.max(headEnd, 0)));
        rest = head.subarray(headEnd + 4);
        head = undefined;
        onAgreed?.();
      }
      for (const frame of frames.feed(rest)) onFrame(frame);
    } catch (error) {
      end(error instanceof ApiError ? error : lost(messageOf(error), error));
    }
  });
  stream.on("error", (error) => end(lost(error.message, error)));
  stream.once("end", () => end(lost("it ended")));
  stream.once("close", () => end(lost("it was cut")));
}

/** @throws ApiError `exec_unsupported`; Error for any other answer than an agreement */
function requireAgreement(head: Buffer): void {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head.toString("latin1"))?.[1];
  if (status === "404") throw execUnsupported();
  if (status !== "101") throw new Error(`the agent answered ${status ?? "no HTTP"}`);
}

function lost(why: string, cause?: unknown): ApiError {
  return new ApiError("agent_unreachable", "The connection to the agent was lost: try again.", { cause, detail: why });
}
