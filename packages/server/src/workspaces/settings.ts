import type { Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { transaction, type Db, type Tx } from "../ground/database/index.ts";
import { userOf } from "../ground/http/index.ts";
import type { Context } from "../access/index.ts";
import { refuseFaults } from "../identity/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { findTemplate, type TemplateRow } from "../templates/index.ts";
import { authorizeWorkspace, refusePrebuild, type GrantedWorkspace } from "./access.ts";
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

/** What users change of a workspace beside its builds. Each checks the right to update it. */
export function workspaceSettings({ db, pubsub, clock }: SettingsDeps) {
  return {
    /** @throws ApiError: renames are off */
    async rename(
      ctx: Context,
      workspace: WorkspaceRow,
      request: api.UpdateWorkspaceRequest,
    ): Promise<GrantedWorkspace<"workspace:update">> {
      refuseFaults([["name", faultOfWorkspaceName(request.name ?? "")]]);
      const granted = authorizeWorkspace(ctx, "workspace:update", workspace);
      if (workspace.deleted) throw new ApiError("method_not_allowed", "Deleted workspaces cannot be renamed.");
      if (!allowRenames) throw new ApiError("precondition_failed", "Workspace renames are not allowed.");
      return await Promise.resolve(granted);
    },

    async setAutostart(
      ctx: Context,
      workspace: WorkspaceRow,
      text: string | undefined,
    ): Promise<GrantedWorkspace<"workspace:update">> {
      const schedule = text === undefined || text === "" ? undefined : readSchedule(text);
      const granted = authorizeWorkspace(ctx, "workspace:update", workspace);
      refusePrebuild(workspace, "Autostart");
      const template = await templateOf(db, workspace);
      if (schedule !== undefined && !template.allow_user_autostart) {
        throw refuseSchedule("the template does not allow autostart");
      }
      const next =
        schedule && nextAutostartMs(schedule, allowedDaysOf(template.autostart_block_days_of_week), clock.now());
      await db
        .updateTable("workspaces")
        .set({
          autostart_schedule: schedule === undefined ? null : (text ?? null),
          next_start_at: next === undefined ? null : new Date(next),
        })
        .where("id", "=", workspace.id)
        .execute();
      pubsub.publish("workspace_owner", workspace.owner_id, { kind: "mtd_update", workspace_id: workspace.id });
      return granted;
    },

    /** Takes effect at the next build; taking it away lets the running one run on. */
    async setTtl(
      ctx: Context,
      workspace: WorkspaceRow,
      ttlMs: number | null | undefined,
    ): Promise<GrantedWorkspace<"workspace:update">> {
      const fault = faultOfTtl(ttlMs);
      if (fault !== undefined) {
        throw new ApiError("validation_failed", "Error updating workspace time until shutdown.", {
          validations: [{ field: "ttl_ms", detail: fault }],
        });
      }
      const granted = authorizeWorkspace(ctx, "workspace:update", workspace);
      refusePrebuild(workspace, "Autostop");
      const template = await templateOf(db, workspace);
      if (!template.allow_user_autostop) {
        throw new ApiError("validation_failed", "Error updating workspace time until shutdown.", {
          validations: [{ field: "ttl_ms", detail: "the template does not allow users to choose it" }],
        });
      }
      const ttl = ttlToStore(ttlMs);
      await transaction(ctx, db, { name: "workspace_ttl", clock }, async (tx) => {
        await tx.updateTable("workspaces").set({ ttl }).where("id", "=", workspace.id).execute();
        if (ttl === null) await dropDeadline(tx, workspace.id, clock.now());
        announceWorkspace(tx, pubsub, { ownerId: workspace.owner_id, workspaceId: workspace.id, kind: "mtd_update" });
      });
      return granted;
    },

    async extend(
      ctx: Context,
      workspace: WorkspaceRow,
      deadline: string,
    ): Promise<{ granted: GrantedWorkspace<"workspace:update">; message: string }> {
      const granted = authorizeWorkspace(ctx, "workspace:update", workspace);
      refusePrebuild(workspace, "Extending");
      const nowMs = clock.now();
      const deadlineMs = Date.parse(deadline);
      await transaction(ctx, db, { name: "extend_workspace", isolation: "repeatable read", clock }, async (tx) => {
        const found = await lockForBuild(tx, workspace.id);
        const [latest] = await findBuildRecords(tx, { workspaceId: workspace.id, number: found?.previous.number ?? 0 });
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
        announceWorkspace(tx, pubsub, { ownerId: workspace.owner_id, workspaceId: workspace.id, kind: "mtd_update" });
      });
      const shown = new Date(deadlineMs).toISOString().replace(/\.\d+Z$/, "Z");
      return { granted, message: `Deadline updated to ${shown}.` };
    },

    /** `hasChanged`: false when the workspace was in that state already. */
    async setDormancy(
      ctx: Context,
      workspace: WorkspaceRow,
      dormant: boolean,
    ): Promise<{ granted: GrantedWorkspace<"workspace:update">; hasChanged: boolean }> {
      const granted = authorizeWorkspace(ctx, "workspace:update", workspace);
      refusePrebuild(workspace, "Dormancy");
      if ((workspace.dormant_at !== null) === dormant) return { granted, hasChanged: false };
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
          .where("id", "=", workspace.id)
          .execute();
        announceWorkspace(tx, pubsub, { ownerId: workspace.owner_id, workspaceId: workspace.id });
      });
      return { granted, hasChanged: true };
    },

    async setAutomaticUpdates(
      ctx: Context,
      workspace: WorkspaceRow,
      value: api.AutomaticUpdates,
    ): Promise<GrantedWorkspace<"workspace:update">> {
      const granted = authorizeWorkspace(ctx, "workspace:update", workspace);
      await db.updateTable("workspaces").set({ automatic_updates: value }).where("id", "=", workspace.id).execute();
      return granted;
    },

    /** @throws ApiError `forbidden` for somebody else's workspace */
    async setFavorite(
      ctx: Context,
      workspace: WorkspaceRow,
      isFavorite: boolean,
    ): Promise<GrantedWorkspace<"workspace:update">> {
      const { userId } = userOf(ctx);
      const granted = authorizeWorkspace(ctx, "workspace:update", workspace);
      if (workspace.owner_id !== userId)
        throw new ApiError("forbidden", "You can only favorite workspaces that you own.");
      if (isFavorite) {
        await db
          .insertInto("workspace_favorites")
          .values({ user_id: userId, workspace_id: workspace.id })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      } else {
        await db
          .deleteFrom("workspace_favorites")
          .where("user_id", "=", userId)
          .where("workspace_id", "=", workspace.id)
          .execute();
      }
      return granted;
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

async function templateOf(db: Db | Tx, workspace: WorkspaceRow): Promise<TemplateRow> {
  const template = await findTemplate(db, workspace.template_id);
  if (template === undefined) throw new Error("a workspace without its template");
  return template;
}

function readSchedule(text: string) {
  try {
    return parseAutostart(text);
  } catch (error) {
    if (error instanceof ScheduleError) throw refuseSchedule(error.message);
    throw error;
  }
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
