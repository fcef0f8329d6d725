import type { ServerResponse } from "node:http";
import type { CommandErrorCode } from "@hearth/sdk/commands";
import { agentFrames } from "@hearth/sdk/commands";
import { readBody } from "#api/read-body.ts";
import { Refusal } from "#api/refusal.ts";
import type { Route } from "#api/route.ts";
import { CommandError } from "#commands/command-error.ts";
import type { Commands } from "#commands/commands.ts";
import { OutputFollower } from "#commands/follow-output.ts";
import type { KeptCommand } from "#commands/kept-command.ts";
import { Outlet } from "#commands/outlet.ts";
import { readAfter, readFields, readStart } from "#commands/start-request.ts";
import { statusOf } from "#processes/exit.ts";
import { toSignal } from "#processes/signal-names.ts";

/** The frames of an output that is asked for by itself are all about this command. */
const onlyCommand = 1;
const roomBytes = 64 * 1024;

const statuses: Readonly<Record<CommandErrorCode, number>> = {
  bad_request: 400,
  command_not_found: 400,
  not_executable: 400,
  bad_directory: 400,
  no_such_process: 404,
  too_many: 429,
  not_ready: 503,
  transfer_blocked: 403,
  failed: 500,
};

/** What is known of processes, without a connection for commands. @see docs/commands.md */
export function processRoutes(commands: Commands): Route[] {
  return [
    {
      at: "GET /api/v1/processes",
      handle: async () => ({ status: 200, body: { processes: commands.list().map(toProcess) } }),
    },
    {
      at: "POST /api/v1/processes",
      isLong: true, // it waits for the workspace
      handle: async ({ request, signal }) => {
        const body = await readBody(request);
        return await orRefuse(async () => {
          const asked = readStart(readFields(body), commands.options);
          const command = await commands.start({ ...asked, detach: true }, { signal });
          return { status: 201, body: toProcess(command) };
        });
      },
    },
    {
      at: "GET /api/v1/processes/{id}",
      handle: ({ param }) => orRefuse(async () => ({ status: 200, body: toProcess(commands.get(param("id"))) })),
    },
    {
      at: "POST /api/v1/processes/{id}/signal",
      handle: async ({ request, param }) => {
        const body = await readBody(request);
        return await orRefuse(async () => {
          const name = readFields(body).signal;
          const signal = toSignal(name);
          if (!signal) throw new CommandError("bad_request", `There is no signal ${JSON.stringify(name)}.`);
          const command = commands.get(param("id"));
          if (command.exit) throw new Refusal(409, "not_running", `Process ${command.id} has ended.`);
          command.signal(signal);
          return { status: 204 };
        });
      },
    },
    {
      at: "GET /api/v1/processes/{id}/output",
      isLong: true,
      handle: ({ url, param, signal }) =>
        orRefuse(async () => {
          const command = commands.get(param("id"));
          const after = readAfter(Number(url.searchParams.get("after") ?? 0), command.output);
          const isFollowed = url.searchParams.get("follow") === "true";
          return {
            status: 200,
            headers: { "content-type": "application/vnd.hearth.frames" },
            send: (response) => sendOutput(response, command, { after, isFollowed, signal }),
          };
        }),
    },
  ];
}

/** A process as the API shows it. */
function toProcess(command: KeptCommand): object {
  const { facts, exit, endedAtMs, output } = command;
  return {
    id: command.id,
    ...("line" in facts.task ? { shell: facts.task.line } : { argv: facts.task.argv }),
    directory: command.directory,
    pid: command.pid,
    tty: facts.tty !== undefined,
    detached: facts.detach,
    started_at: new Date(command.startedAtMs).toISOString(),
    ended_at: endedAtMs === undefined ? null : new Date(endedAtMs).toISOString(),
    exit_code: exit ? statusOf(exit) : null,
    signal: exit?.signal ?? null,
    output_bytes: output.endOffset,
    dropped_bytes: output.startOffset,
  };
}

/** What there is from a byte on as frames; followed, also what comes, until the end. Resolves when all is written. */
async function sendOutput(
  response: ServerResponse,
  command: KeptCommand,
  { after, isFollowed, signal }: { after: number; isFollowed: boolean; signal: AbortSignal },
): Promise<void> {
  const outlet = new Outlet(response);
  const until = isFollowed ? Infinity : command.output.endOffset;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  using follower = new OutputFollower(
    command,
    {
      room: () => {
        if (!outlet.isFull) return Math.min(roomBytes, until - follower.offset);
        outlet.wait(() => follower.pump());
        return 0;
      },
      take: (piece) => {
        if (piece.source === "dropped") outlet.send(agentFrames.dropped, onlyCommand, { bytes: piece.count });
        else outlet.send(agentFrames[piece.source], onlyCommand, piece.bytes);
        const isEnd = command.exit !== undefined && follower.offset >= command.output.endOffset;
        if (follower.offset >= until && !isEnd) resolve();
      },
      end: (exit) => {
        outlet.send(agentFrames.exit, onlyCommand, { exit_code: statusOf(exit), signal: exit.signal ?? null });
        resolve();
      },
      fail: reject,
    },
    after,
  );
  response.once("close", resolve); // the client has left: nobody waits any more
  response.flushHeaders();
  if (after < until || command.exit) follower.pump();
  else resolve();
  await promise;
  if (!signal.aborted) response.end();
}

async function orRefuse<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new Refusal(statuses[error.code], error.code, error.message, { cause: error });
  }
}
