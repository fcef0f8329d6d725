import type { Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { transaction, type Db } from "../ground/database/index.ts";
import { can, type Context } from "../access/index.ts";
import { cancelJob } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { findTemplate } from "../templates/index.ts";
import type { BuildWithWorkspace, GrantedWorkspace } from "./access.ts";
import { announceBuildEnd } from "./build-job-kind.ts";
import { announceWorkspace } from "./events.ts";
import { buildInputOf } from "./insert-build.ts";

/** The state in which a request says that the build is. @throws ApiError `bad_query` */
export function expectedStatusOf(text: string | undefined): "pending" | "running" | undefined {
  if (text === undefined || text === "pending" || text === "running") return text;
  throw new ApiError("bad_query", `Invalid expect_status "${text}".`, {
    validations: [{ field: "expect_status", detail: 'must be "pending" or "running"' }],
  });
}

/**
 * Asks a build to stop. What only waits may be canceled by whoever may change the workspace, what runs by them where the
 * template says so, else by owners of the deployment.
 *
 * @throws ApiError `forbidden`, and those of `cancelJob`
 * @see spec/builds.md §7.3
 */
export async function cancelBuild(
  ctx: Context,
  { db, pubsub, clock }: { db: Db; pubsub: PubSub; clock: Clock },
  granted: GrantedWorkspace<"workspace:update">,
  record: Omit<BuildWithWorkspace, "granted">,
  expectStatus: "pending" | "running" | undefined,
): Promise<void> {
  if (record.workspace.id !== granted.object.id) throw new Error("a right on another workspace");
  if (expectStatus !== "pending" && !can(ctx, "deployment_config:update", {})) {
    const template = await findTemplate(db, record.workspace.template_id);
    if (template?.allow_user_cancel_workspace_jobs !== true) {
      throw new ApiError("forbidden", "User is not allowed to cancel workspace builds. Owner role is required.");
    }
  }
  await transaction(ctx, db, { name: "cancel_build", clock }, async (tx) => {
    const nowMs = clock.now();
    const job = await cancelJob(tx, pubsub, granted, { jobId: record.build.job_id, expectStatus, nowMs });
    await tx
      .updateTable("workspace_builds")
      .set({ updated_at: new Date(nowMs) })
      .where("id", "=", record.build.id)
      .execute();
    const input = buildInputOf(job);
    if (job.completed_at === null)
      announceWorkspace(tx, pubsub, { ownerId: input.owner_id, workspaceId: input.workspace_id });
    else announceBuildEnd(tx, pubsub, input, record.build.stage);
  });
}
