import type { Logger } from "@hearth/base";
import { authorize, type Context } from "../access/index.ts";
import { setPoolStatus } from "../templates/index.ts";
import { BuildError } from "../workspaces/index.ts";
import { cancelPendingPrebuilds } from "./cancel-pending.ts";
import { createPrebuild, type PoolWriteDeps } from "./create-prebuild.ts";
import { deletePrebuild } from "./delete-prebuild.ts";
import type { PoolStep, PoolSteps } from "./plan-pool.ts";
import { desiredAt } from "./pool-state.ts";
import type { PoolPreset, PoolStatus, PoolView } from "./pool-view.ts";

export interface ExecutorDeps extends PoolWriteDeps {
  readonly log: Logger;
}

type Executors = { readonly [Do in keyof PoolSteps]: (step: PoolSteps[Do]) => Promise<void> };

/**
 * Carries out the steps of one preset, one after another, until the signal of `ctx` aborts.
 * @throws AggregateError of what failed; the rest was done
 */
export async function executeSteps(
  ctx: Context,
  deps: ExecutorDeps,
  view: PoolView,
  steps: readonly PoolStep[],
): Promise<void> {
  const executors = executorsOf(ctx, deps, view);
  const errors: unknown[] = [];
  for (const step of steps) {
    if (ctx.signal.aborted) break;
    try {
      await execute(executors, step);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `Steps of the pool "${view.preset.name}" failed.`);
}

/** The switch that the table saves, said to the compiler: `step.do` picks the executor of that very step. */
function execute<Do extends keyof PoolSteps>(
  executors: Executors,
  step: { readonly do: Do } & PoolSteps[Do],
): Promise<void> {
  return executors[step.do](step);
}

function executorsOf(ctx: Context, deps: ExecutorDeps, view: PoolView): Executors {
  const { preset } = view;
  const log = deps.log.child({ presetId: preset.id, preset: preset.name, template: preset.templateName });
  return {
    async create({ count }) {
      const { desired } = desiredAt(view, deps.clock.now());
      if (count > desired) log.error({ count, desired }, "more prebuilds planned than wanted, making what is wanted");
      await createSome(ctx, { ...deps, log }, view, Math.min(count, desired));
    },
    async delete({ workspaceIds, why }) {
      const errors: unknown[] = [];
      for (const workspaceId of workspaceIds) {
        if (ctx.signal.aborted) break;
        try {
          const outcome = await deletePrebuild(ctx, deps, workspaceId);
          if (outcome === "claimed") log.info({ workspaceId }, "a prebuild was claimed before its deletion");
          else if (why === "lost") log.warn({ workspaceId }, "the agent of a prebuild is gone, replacing it");
          else log.debug({ workspaceId, why }, "deleting a prebuild");
        } catch (error) {
          // Somebody builds it: the next cycle sees what came of it.
          if (error instanceof BuildError && error.kind === "build_active") continue;
          errors.push(error);
        }
      }
      if (errors.length > 0) throw new AggregateError(errors, "Some prebuilds could not be deleted.");
    },
    async cancel_pending() {
      const count = await cancelPendingPrebuilds(ctx, deps, preset.id);
      log.info({ count }, "canceled queued prebuilds of an old version");
    },
    async wait({ untilMs, failures }) {
      const seconds = Math.ceil((untilMs - deps.clock.now()) / 1000);
      log.warn(
        { until: new Date(untilMs).toISOString(), seconds, failures },
        "prebuilds fail, waiting before the next",
      );
      return await Promise.resolve();
    },
    async mark({ status, detail }) {
      if (status === "sandbox_required") log.warn({ why: detail }, "nothing is built for this pool");
      await mark(ctx, deps, preset, status, detail);
    },
  };
}

/** One by one; what no retry can cure ends it and is shown to operators. */
async function createSome(ctx: Context, deps: ExecutorDeps, view: PoolView, count: number): Promise<void> {
  const errors: unknown[] = [];
  for (let made = 0; made < count && !ctx.signal.aborted; made++) {
    try {
      if ((await createPrebuild(ctx, deps, view.preset)) === "moved") return;
    } catch (error) {
      errors.push(error);
      // The next cycle says why, and makes none.
      if (error instanceof BuildError && error.kind === "sandbox_required") break;
      if (!(error instanceof BuildError) || !error.isDeterministic) continue;
      deps.log.warn(
        { err: error },
        "the preset does not do for a build, making no more until another version is active",
      );
      await mark(ctx, deps, view.preset, "validation_failed", describe(error)).catch((failure: unknown) =>
        deps.log.warn({ err: failure }, "the preset's status could not be stored"),
      );
      break;
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, "Some prebuilds could not be made.");
}

function describe(error: BuildError): string {
  const faults = error.validations.map(({ field, detail }) => `${field}: ${detail}`);
  return [error.message, ...faults].join("; ");
}

async function mark(
  ctx: Context,
  { db, pubsub }: PoolWriteDeps,
  preset: PoolPreset,
  status: PoolStatus,
  detail: string,
): Promise<void> {
  const { templateId: id, organizationId } = preset;
  const granted = authorize(ctx, "template:update", { id, organizationId });
  await setPoolStatus(db, granted, preset.id, { status, detail });
  pubsub.publish("template", preset.templateId, {});
}
