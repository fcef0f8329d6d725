import { runLoop, type Clock, type Logger } from "@hearth/base";
import { systemActor, systemContext, type SystemActor } from "../access/index.ts";
import type { Database } from "../ground/database/index.ts";
import type { Room } from "../ground/disk/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { PacedWake } from "./paced-wake.ts";
import type { PoolRules } from "./plan-pool.ts";
import { reconcilePools, type CycleResult } from "./reconcile.ts";

export interface PrebuildsDeps {
  readonly database: Database;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the disk; without it there always is. */
  readonly room?: Room | undefined;
  readonly config: PoolRules & {
    /** A lost wake-up costs at most this. */
    readonly intervalMs: number;
  };
  /** What builds are told and leave in confidence is sealed with it. */
  readonly sealKey: Buffer;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`. */
  readonly allowUnsandboxed: boolean;
  /** Who keeps the pools. In tests, with fewer rights. @default the part that does */
  readonly part?: SystemActor | undefined;
  /** Told of each cycle that ended, for metrics and tests. Must not throw. */
  readonly onCycle?: ((cycle: CycleResult & { durationMs: number; cause: string }) => void) | undefined;
}

/** Cycles that are further apart than this were not held apart by their interval. */
const longestBlinkIntervals = 2;

/** Keeps the pools until `signal` aborts: one cycle at once, one after each interval, and one after each wake. */
export async function runPools(deps: PrebuildsDeps, signal: AbortSignal): Promise<void> {
  const { database, pubsub, clock, log, room, sealKey, allowUnsandboxed, config: rules } = deps;
  const ctx = systemContext(deps.part ?? systemActor("prebuilds orchestrator"), log, signal);
  const paced = new PacedWake(clock, signal);
  let cause = "start";
  using _subscription = pubsub.subscribe("prebuilds_wake", "", {
    onMessage: (message) => {
      cause = message.cause;
      paced.ring();
    },
    onDropped: () => paced.ring(),
  });
  // What agents did while nobody could hear them (before the start, while this machine slept, without a database) says
  // nothing about them: they are given the time to come back.
  let watchedSinceMs = clock.now();
  let lookedAtMs = watchedSinceMs;
  const loop = { name: "prebuilds", everyMs: rules.intervalMs, jitter: 0.1, wake: paced.wake, clock, signal, log };
  await runLoop(loop, async () => {
    const startedMs = clock.now();
    const because = cause;
    cause = "interval";
    if (startedMs - lookedAtMs > longestBlinkIntervals * rules.intervalMs) watchedSinceMs = startedMs;
    const now = { database, pubsub, clock, log, room, rules: { ...rules, watchedSinceMs }, sealKey, allowUnsandboxed };
    const result = await paced.work(() => reconcilePools(ctx, now));
    lookedAtMs = clock.now();
    const durationMs = clock.now() - startedMs;
    log.debug({ ...result, durationMs, cause: because }, "pools reconciled");
    deps.onCycle?.({ ...result, durationMs, cause: because });
  });
}
