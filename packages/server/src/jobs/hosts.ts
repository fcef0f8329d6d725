import { runLoop, type Clock, type Logger } from "@hearth/base";
import type { AgentIncident, Engine, EngineHost, EngineName } from "@hearth/provisioner";
import { authorize, type Context, type Granted, type Thing } from "../access/index.ts";
import { sweepEveryMs } from "./timing.ts";

/** What the workspaces that live on a host are to those who keep them there. Told by the capability that owns them. */
export interface HostedWorkspaces {
  /** Puts those of `held` to this host that are not known to be anywhere: they were built before hosts were told apart. */
  adopt(granted: Granted<"workspace:update">, place: Place, held: readonly string[]): Promise<void>;
  /** The ids of those that are to be running here. */
  running(granted: Granted<"workspace:read">, place: Place): Promise<string[]>;
  /** What of `held` is gone or elsewhere for certain, and what nobody knows. */
  strays(
    granted: Granted<"workspace:read">,
    place: Place,
    held: readonly string[],
  ): Promise<{ readonly gone: readonly string[]; readonly unknown: readonly string[] }>;
}

export interface Place {
  readonly engine: EngineName;
  readonly hostId: string;
}

export interface HostDeps {
  readonly engines: readonly Engine[];
  readonly hostId: string;
  readonly workspaces: HostedWorkspaces;
  readonly clock: Clock;
  readonly log: Logger;
  readonly accessUrl: string;
  /** Told of what happens to agents between builds. */
  readonly onIncident: (incident: AgentIncident) => void;
  /** How long agents have for their stop scripts when the server stops. */
  readonly graceMs: number;
}

/**
 * Looks after what lives on this host between builds: brings the workspaces back that ran before, and sweeps away what was
 * left of those that are gone, now and every hour.
 *
 * Disposing ends the agents on this machine without a build: their workspaces stay started, and the next start finds them.
 */
export async function keepHost(ctx: Context, deps: HostDeps): Promise<{ resumed: number } & AsyncDisposable> {
  const { clock, log, workspaces, graceMs } = deps;
  await using undo = new AsyncDisposableStack();
  const hosts = deps.engines.flatMap((engine) =>
    engine.host === undefined ? [] : [{ host: engine.host, place: { engine: engine.name, hostId: deps.hostId } }],
  );
  let resumed = 0;
  for (const { host, place } of hosts) {
    undo.use(host.onIncident(deps.onIncident));
    await workspaces.adopt(authorize(ctx, "workspace:update", {}), place, await host.held());
    resumed += await resume(ctx, deps, host, place);
  }
  undo.defer(async () => {
    const { signal } = new AbortController();
    await Promise.all(hosts.map(({ host }) => host.shutdownAgents({ graceMs, signal })));
  });
  if (hosts.length > 0) {
    const sweeping = new AbortController();
    const { signal } = sweeping;
    const loop = runLoop({ name: "sweep-orphans", everyMs: sweepEveryMs, clock, signal, log }, async () => {
      for (const { host, place } of hosts) await sweep({ ...ctx, signal }, workspaces, host, place);
    });
    undo.defer(async () => {
      sweeping.abort();
      await loop;
    });
  }
  const owned = undo.move();
  return { resumed, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function resume(
  ctx: Context,
  { workspaces, log, accessUrl, onIncident }: HostDeps,
  host: EngineHost,
  place: Place,
) {
  const { adopted, restarted, failed } = await host.resume(
    await workspaces.running(authorize(ctx, "workspace:read", {}), place),
    { signal: ctx.signal, accessUrl },
  );
  for (const { workspaceId, error } of failed) {
    log.warn({ workspaceId, error }, "a workspace could not be brought back");
    onIncident({ kind: "given_up", workspaceId, agentName: undefined, reason: `it could not be started: ${error}` });
  }
  return adopted.length + restarted.length;
}

/**
 * Removes what is here of workspaces that were deleted. What no database row speaks of, or what is held by another host
 * by its row, stays and is told: a database that was restored from an older copy knows nothing of what was made since, a
 * host that lost its id is another, and of two copies nobody but a person knows the right one.
 */
async function sweep(ctx: Context, workspaces: HostedWorkspaces, host: EngineHost, place: Place): Promise<void> {
  const held = await host.held();
  if (held.length === 0) return;
  const granted = authorize(ctx, "workspace:read", {});
  const { gone, unknown } = await workspaces.strays(granted, place, held);
  for (const workspaceId of gone) {
    const isStill = async () => (await workspaces.strays(granted, place, [workspaceId])).gone.length > 0;
    const isRemoved = await sweepOne(ctx, authorize(ctx, "workspace:delete", { id: workspaceId }), host, isStill);
    if (isRemoved) ctx.log.info({ workspaceId }, "what was left of a workspace that is gone was removed");
  }
  if (unknown.length > 0)
    ctx.log.warn({ workspaces: unknown }, "this host holds workspaces that are nobody's, or another host's");
}

async function sweepOne(
  { signal }: Context,
  { object }: Granted<"workspace:delete", Thing>,
  host: EngineHost,
  isStill: () => Promise<boolean>,
): Promise<boolean> {
  return await host.sweepOrphan(object.id, { isStill, signal });
}
