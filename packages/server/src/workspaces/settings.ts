import type { Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { transaction, type Db, type Tx } from "../ground/database/index.ts";
import type { Context } from "../access/index.ts";
import { refuseFaults } from "../identity/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { findTemplate, type TemplateRow } from "../templates/index.ts";
import { refusePrebuild, type GrantedWorkspace } from "./access.ts";
import { announceWorkspace } from "./events.ts";
import { faultOfWorkspaceName } from "./names.ts";
import { resolveParameters } from "./parameters/index.ts";
import { findBuildRecords, type WorkspaceRow } from "./records.ts";
import {
  allowedDaysOf,
  assertExtendable,
  faultOfTtl,
  nextAutostartMs,
  parseAutostart,
  ScheduleError,
  toMs,
  ttlToStore,
} from "./schedule/index.ts";
import { findForBuild, lockForBuild } from "./lock-for-build.ts";
import { allowRenames } from "./to-api-workspace.ts";
import { findVersionFacts } from "./version-facts.ts";

export interface SettingsDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
}

/** The right that each of these takes, and its ids with it. */
type Change = GrantedWorkspace<"workspace:update">;

/** When a workspace starts by itself, as a request says it; undefined: never. */
export interface Autostart {
  readonly text: string;
  readonly schedule: ReturnType<typeof parseAutostart>;
}

/** @throws ApiError `validation_failed` for what is no name */
export function refuseName({ name }: api.UpdateWorkspaceRequest): void {
  refuseFaults([["name", faultOfWorkspaceName(name ?? "")]]);
}

/** @throws ApiError `validation_failed` for what is no schedule */
export function readAutostart(text: string | undefined): Autostart | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    return { text, schedule: parseAutostart(text) };
  } catch (error) {
    if (error instanceof ScheduleError) throw refuseSchedule(error.message);
    throw error;
  }
}

/** @throws ApiError `validation_failed` for what is no time to autostop */
export function refuseTtl(ttlMs: number | null | undefined): void {
  const fault = faultOfTtl(ttlMs);
  if (fault === undefined) return;
  throw new ApiError("validation_failed", "Error updating workspace time until shutdown.", {
    validations: [{ field: "ttl_ms", detail: fault }],
  });
}

/** What users change of a workspace beside its builds. */
export function workspaceSettings({ db, pubsub, clock }: SettingsDeps) {
  return {
    /** @throws ApiError: renames are off */
    rename(_granted: Change, { deleted }: Pick<WorkspaceRow, "deleted">): void {
      if (deleted) throw new ApiError("method_not_allowed", "Deleted workspaces cannot be renamed.");
      if (!allowRenames) throw new ApiError("precondition_failed", "Workspace renames are not allowed.");
    },

    async setAutostart(granted: Change, workspace: OfTemplate, autostart: Autostart | undefined): Promise<void> {
      const { id, ownerId } = granted.object;
      refusePrebuild(granted, "Autostart");
      const template = await templateOf(db, workspace);
      if (autostart !== undefined && !template.allow_user_autostart) {
        throw refuseSchedule("the template does not allow autostart");
      }
      const days = allowedDaysOf(template.autostart_block_days_of_week);
      const next = autostart && nextAutostartMs(autostart.schedule, days, clock.now());
      await db
        .updateTable("workspaces")
        .set({
          autostart_schedule: autostart?.text ?? null,
          next_start_at: next === undefined ? null : new Date(next),
        })
        .where("id", "=", id)
        .execute();
      pubsub.publish("workspace_owner", ownerId, { kind: "mtd_update", workspace_id: id });
    },

    /** Takes effect at the next build; taking it away lets the running one run on. */
    async setTtl(
      ctx: Context,
      granted: Change,
      workspace: OfTemplate,
      ttlMs: number | null | undefined,
    ): Promise<void> {
      const { id, ownerId } = granted.object;
      refusePrebuild(granted, "Autostop");
      const template = await templateOf(db, workspace);
      if (!template.allow_user_autostop) {
        throw new ApiError("validation_failed", "Error updating workspace time until shutdown.", {
          validations: [{ field: "ttl_ms", detail: "the template does not allow users to choose it" }],
        });
      }
      const ttl = ttlToStore(ttlMs);
      await transaction(ctx, db, { name: "workspace_ttl", clock }, async (tx) => {
        await tx.updateTable("workspaces").set({ ttl }).where("id", "=", id).execute();
        if (ttl === null) await dropDeadline(tx, id, clock.now());
        announceWorkspace(tx, pubsub, { ownerId, workspaceId: id, kind: "mtd_update" });
      });
    },

    /** Resolves with what is said about it. */
    async extend(ctx: Context, granted: Change, deadline: string): Promise<string> {
      const { id, ownerId } = granted.object;
      refusePrebuild(granted, "Extending");
      const nowMs = clock.now();
      const deadlineMs = Date.parse(deadline);
      await transaction(ctx, db, { name: "extend_workspace", isolation: "repeatable read", clock }, async (tx) => {
        const found = await lockForBuild(tx, id);
        const [latest] = await findBuildRecords(tx, { workspaceId: id, number: found?.previous.number ?? 0 });
        if (latest === undefined) throw new Error("a workspace without builds");
        const facts = {
          transition: latest.build.transition,
          completedMs: latest.job.completed_at?.getTime(),
          hasFailed: latest.job.job_status === "failed",
          deadlineMs: latest.build.deadline?.getTime(),
          maxDeadlineMs: latest.build.max_deadline?.getTime(),
        };
        assertExtendable(facts, deadlineMs, nowMs);
        await tx
          .updateTable("workspace_builds")
          .set({ deadline: new Date(deadlineMs), updated_at: new Date(nowMs) })
          .where("id", "=", latest.build.id)
          .execute();
        announceWorkspace(tx, pubsub, { ownerId, workspaceId: id, kind: "mtd_update" });
      });
      const shown = new Date(deadlineMs).toISOString().replace(/\.\d+Z$/, "Z");
      return `Deadline updated to ${shown}.`;
    },

    /** False when the workspace was in that state already. */
    async setDormancy(
      ctx: Context,
      granted: Change,
      workspace: OfTemplate & Pick<WorkspaceRow, "dormant_at">,
      dormant: boolean,
    ): Promise<boolean> {
      const { id, ownerId } = granted.object;
      refusePrebuild(granted, "Dormancy");
      if ((workspace.dormant_at !== null) === dormant) return false;
      const nowMs = clock.now();
      const afterMs = toMs((await templateOf(db, workspace)).time_til_dormant_autodelete);
      await transaction(ctx, db, { name: "workspace_dormancy", clock }, async (tx) => {
        await tx
          .updateTable("workspaces")
          .set(
            dormant
              ? { dormant_at: new Date(nowMs), deleting_at: afterMs > 0 ? new Date(nowMs + afterMs) : null }
              : { dormant_at: null, deleting_at: null, last_used_at: new Date(nowMs) },
          )
          .where("id", "=", id)
          .execute();
        announceWorkspace(tx, pubsub, { ownerId, workspaceId: id });
      });
      return true;
    },

    async setAutomaticUpdates({ object }: Change, value: api.AutomaticUpdates): Promise<void> {
      await db.updateTable("workspaces").set({ automatic_updates: value }).where("id", "=", object.id).execute();
    },

    /** @throws ApiError `forbidden` for somebody else's workspace */
    async setFavorite({ actor, object: { id, ownerId } }: Change, isFavorite: boolean): Promise<void> {
      if (actor.kind !== "user" || ownerId !== actor.userId) {
        throw new ApiError("forbidden", "You can only favorite workspaces that you own.");
      }
      if (isFavorite) {
        await db
          .insertInto("workspace_favorites")
          .values({ user_id: ownerId, workspace_id: id })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      } else {
        await db
          .deleteFrom("workspace_favorites")
          .where("user_id", "=", ownerId)
          .where("workspace_id", "=", id)
          .execute();
      }
    },

    /** Whether an automatic start would need somebody to give a value. @see spec/builds.md §5.5 */
    async hasParameterMismatch(workspace: WorkspaceRow): Promise<boolean> {
      const template = await templateOf(db, workspace);
      if (workspace.automatic_updates !== "always" && !template.require_active_version) return false;
      const latest = await findForBuild(db, workspace.id);
      if (latest === undefined || latest.previous.versionId === template.active_version_id) return false;
      const version = await findVersionFacts(db, template.active_version_id);
      if (version === undefined) return false;
      const sources = { declared: version.parameters, preset: [], given: [], previous: latest.previous.parameters };
      return resolveParameters(sources).faults.length > 0;
    },
  };
}

type OfTemplate = Pick<WorkspaceRow, "template_id">;

async function templateOf(db: Db | Tx, workspace: OfTemplate): Promise<TemplateRow> {
  const template = await findTemplate(db, workspace.template_id);
  if (template === undefined) throw new Error("a workspace without its template");
  return template;
}

function refuseSchedule(detail: string): ApiError {
  return new ApiError("validation_failed", "Invalid autostart schedule.", {
    validations: [{ field: "schedule", detail }],
  });
}

/** A running build without a time to autostop stops only when its template says so. */
async function dropDeadline(tx: Tx, workspaceId: string, nowMs: number): Promise<void> {
  const found = await lockForBuild(tx, workspaceId);
  if (found === undefined) return;
  await tx
    .updateTable("workspace_builds")
    .set((build) => ({ deadline: build.ref("max_deadline"), updated_at: new Date(nowMs) }))
    .where("workspace_id", "=", workspaceId)
    .where("build_number", "=", found.previous.number)
    .where("transition", "=", "start")
    .execute();
}
