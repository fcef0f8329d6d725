import { randomUUID } from "node:crypto";
import { Scope, untilAborted, type Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { tellCommand, type Agents, type ExecInput, type ToldExit } from "../agents/index.ts";
import { authorize, type Context, type Granted, type Thing } from "../access/index.ts";
import type { EventStream } from "../ground/http/index.ts";
import type { JobLogTopics } from "../jobs/index.ts";
import type { Replica } from "../replicas/index.ts";
import { authorizeWorkspace, createWorkspace, type CreateWorkspaceDeps, type Owner } from "../workspaces/index.ts";
import { finishRun } from "./cleanup.ts";
import { agentOf, followBuild } from "./follow-build.ts";
import type { DeletionTopics } from "./until-deleted.ts";
import { insertRun, updateRun } from "./store.ts";

export interface RunDeps extends CreateWorkspaceDeps {
  readonly clock: Clock;
  readonly organizationId: string;
  readonly replica: Pick<Replica, "id">;
  readonly commands: Agents["commands"];
  readonly logs: JobLogTopics;
  readonly deletions: DeletionTopics;
  /** For what must be done though the client has left: of the server, not of the request. */
  readonly lasting: Context;
}

export interface Run {
  readonly request: api.CreateWorkspaceRequest;
  readonly owner: Owner;
  readonly exec: ExecInput | undefined;
  readonly agent: string | undefined;
  readonly deletes: boolean;
  readonly key: { readonly key: string; readonly bodyHash: Buffer } | undefined;
}

type OpenStream = (granted: Granted<"workspace:ssh", Thing>) => EventStream;

/**
 * Makes a workspace and runs a command in it, telling of both. Whatever happens from when the run is written down on, its
 * workspace is deleted where it is to be. Resolves with its id when the command has ended and the end is written down.
 */
export async function runWorkspace(ctx: Context, deps: RunDeps, run: Run, open: OpenStream): Promise<string> {
  const { db, clock, lasting } = deps;
  const buildId = randomUUID();
  const row = await writeDown(ctx, deps, run, buildId);
  let exit: ToldExit | undefined;
  try {
    const { workspace } = await createWorkspace(ctx, deps, run.owner, run.request, { buildId });
    const granted = authorizeWorkspace(ctx, "workspace:ssh", { ...workspace, user_acl: {}, group_acl: {} });
    const note = async (now: Parameters<typeof updateRun>[3]) =>
      row === undefined ? undefined : await updateRun(db, granted, row.id, now);
    const stream = open(granted);
    await stream.send("workspace", workspace);
    try {
      const built = await followBuild({ db, logs: deps.logs, nowMs: () => clock.now() }, stream, workspace);
      const agent = agentOf(built, run.agent);
      exit = await runIn(granted, deps, { run, agent, stream, note });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!stream.signal.aborted) await stream.send("error", { code: error.code, message: error.message });
    }
    return workspace.id;
  } finally {
    if (row !== undefined) await finishRun(lasting, deps, row, exit);
  }
}

async function runIn(
  granted: Granted<"workspace:ssh", Thing>,
  { commands }: Pick<RunDeps, "commands">,
  at: {
    readonly run: Run;
    readonly agent: api.WorkspaceAgent;
    readonly stream: EventStream;
    readonly note: (now: { agent_id: string; process_id: string }) => Promise<void>;
  },
): Promise<ToldExit | undefined> {
  const { run, agent, stream, note } = at;
  if (run.exec === undefined) {
    await commands.reach(granted, { agentId: agent.id, signal: stream.signal });
    return await holdOpen(stream, agent);
  }
  const { request, input } = run.exec;
  const command = await commands.start(granted, { agentId: agent.id, request, signal: stream.signal });
  const noted = command.started.then(
    ({ process_id: processId }) => note({ agent_id: agent.id, process_id: processId }),
    () => undefined, // told with the command
  );
  const exit = await tellCommand(stream, command, input);
  await noted;
  return exit;
}

/** Without a command the workspace is the client's until it leaves. */
async function holdOpen(stream: EventStream, agent: api.WorkspaceAgent): Promise<undefined> {
  await stream.send("ready", { agent_id: agent.id });
  using over = new Scope(stream.signal);
  await Promise.race([stream.keepAlive(), untilAborted(over.signal).catch(() => undefined)]);
}

/** What the end of a run must know of it. */
type WrittenRun = Parameters<typeof finishRun>[2];

/** Of a run that neither deletes nor may be asked for again nothing is written. */
async function writeDown(ctx: Context, deps: RunDeps, run: Run, buildId: string): Promise<WrittenRun | undefined> {
  const { db, clock, replica, organizationId } = deps;
  if (!run.deletes && run.key === undefined) return undefined;
  const granted = authorize(ctx, "workspace:create", { ownerId: run.owner.id, organizationId });
  const written = {
    id: randomUUID(),
    idempotency_key: run.key?.key ?? null,
    body_hash: run.key?.bodyHash ?? Buffer.alloc(0),
    build_id: buildId,
    deletes: run.deletes,
    replica_id: replica.id,
    created_at: new Date(clock.now()),
  };
  await insertRun(db, granted, written);
  return { ...written, owner_id: run.owner.id };
}
