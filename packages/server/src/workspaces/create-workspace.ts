import { prebuildsUserId, ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Clock, Logger } from "@hearth/base";
import { afterCommit, transaction, type Db, type Tx } from "../database/index.ts";
import { givenId } from "../http/index.ts";
import { authorize, can, refuseFaults, type Context } from "../identity/index.ts";
import { jobPriority, matchedProvisioners, type JobRow } from "../provisioning/index.ts";
import type { PubSub } from "../pubsub/index.ts";
import { BuildError } from "./build-error.ts";
import { decideClaim, type ClaimDecision, type ClaimPrebuild } from "./claim.ts";
import { findCreationFacts, type CreationFacts } from "./creation-facts.ts";
import { announceWorkspace, wakePools } from "./events.ts";
import { insertBuild, isBuildNumberTaken } from "./insert-build.ts";
import { faultOfWorkspaceName } from "./names.ts";
import { planBuild, type BuildPlan } from "./plan-build.ts";
import type { BuildRow, WorkspaceRow } from "./records.ts";
import {
  allowedDaysOf,
  faultOfTtl,
  nextAutostartMs,
  parseAutostart,
  ScheduleError,
  ttlToStore,
} from "./schedule/index.ts";
import { asNameTaken, insertWorkspace, nameTakenError } from "./store.ts";
import { toApiWorkspace } from "./to-api-workspace.ts";
import { mayRunUnsandboxed } from "./unsandboxed.ts";

/** How an attempt to serve a new workspace from a pool went; for metrics. */
export type ClaimOutcome = "claimed" | "missed" | "mismatch";

export interface CreateWorkspaceDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  /** The pools; without it every workspace is built. */
  readonly claim?: ClaimPrebuild | undefined;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`. */
  readonly allowUnsandboxed: boolean;
  readonly onClaim?: ((outcome: ClaimOutcome) => void) | undefined;
}

export interface Owner {
  readonly id: string;
  readonly username: string;
  readonly avatarUrl: string;
}

/** A claim that somebody's build of the same warm workspace beat in the last moment: the next attempt takes another. */
const claimAttempts = 3;

/**
 * Gives `owner` a new workspace: one of a pool where one fits, else one that is built. Resolves once the request is
 * durable; the workspace is `pending` then.
 *
 * @throws ApiError in the order of spec/builds.md §5.1; BuildError for what the template version refuses
 */
export async function createWorkspace(
  ctx: Context,
  deps: CreateWorkspaceDeps,
  owner: Owner,
  request: api.CreateWorkspaceRequest,
  /** Of the path, where the path has one: the template must be in it. */
  organizationId?: string,
): Promise<api.Workspace> {
  const nowMs = deps.clock.now();
  const facts = await getCreationFacts(ctx, deps.db, owner, request, organizationId);
  const presetId = givenId(request.template_version_preset_id);
  const given = request.rich_parameter_values ?? [];
  const schedule = planSchedule(request, facts, nowMs);
  if (facts.isNameTaken) throw nameTakenError(request.name);
  const plan = planBuild(
    { transition: "start", ownerId: owner.id, templateId: facts.templateId, given, presetId },
    facts.version,
    undefined,
  );
  const activeVersionId = facts.template.active_version_id;
  const claim = decideClaim(facts.version, plan, { presetId, activeVersionId });
  const initiator = initiatorOf(ctx);
  const [made, matched] = await Promise.all([
    insertOrClaim({ deps, owner, request, facts, schedule, plan, claim, initiatorId: initiator.id, nowMs }),
    matchedProvisioners(deps.db, { organization_id: facts.organizationId, tags: plan.tags }, nowMs),
  ]);
  const { workspace, build, job } = made;
  const latest = {
    build,
    job,
    versionName: "",
    initiatorName: initiator.name,
    workspaceName: workspace.name,
    ownerId: owner.id,
    ownerName: owner.username,
    ownerAvatarUrl: owner.avatarUrl,
  };
  const record = {
    workspace,
    ownerName: owner.username,
    ownerAvatarUrl: owner.avatarUrl,
    organizationName: facts.organizationName,
    template: facts.template,
    latest,
    favoriteOf: [],
    origin: { readyAt: undefined },
  };
  return toApiWorkspace(record, { resources: [], matched }, initiator.id);
}

async function getCreationFacts(
  ctx: Context,
  db: Db,
  owner: Owner,
  request: api.CreateWorkspaceRequest,
  organizationId: string | undefined,
): Promise<CreationFacts> {
  refuseFaults([["name", faultOfWorkspaceName(request.name)]]);
  const versionId = givenId(request.template_version_id);
  const templateId = givenId(request.template_id);
  const facts = await findCreationFacts(db, { templateId, versionId, ownerId: owner.id, name: request.name });
  const template = facts && { id: facts.templateId, organizationId: facts.organizationId };
  if (facts === undefined || template === undefined || !can(ctx, "template:read", template)) {
    const field = versionId === undefined ? "template_id" : "template_version_id";
    const what = versionId === undefined ? "Template" : "Template version";
    throw new ApiError("validation_failed", `${what} "${versionId ?? templateId ?? ""}" doesn't exist.`, {
      validations: [{ field, detail: "not found" }],
    });
  }
  if (facts.version.isArchived) {
    throw new BuildError("archived_version", "Archived template versions cannot be used to make a workspace.", {
      validations: [{ field: "template_version_id", detail: "template version archived" }],
    });
  }
  if (facts.template.deleted || (organizationId !== undefined && organizationId !== facts.organizationId)) {
    throw new ApiError("not_found", `Template "${facts.template.name}" has been deleted!`);
  }
  const workspace = { ownerId: owner.id, organizationId: facts.organizationId };
  if (!can(ctx, "workspace:create", workspace)) {
    throw new ApiError("forbidden", `You may not create workspaces for ${owner.username}.`);
  }
  authorize(ctx, "workspace:create", workspace);
  if (!can(ctx, "template:use", template)) {
    throw new ApiError("forbidden", `You may not use the template "${facts.template.name}".`);
  }
  if (facts.template.deprecated !== "") {
    throw new ApiError(
      "precondition_failed",
      `Template "${facts.template.name}" has been deprecated, and cannot be used to create a new workspace.`,
      {
        detail: facts.template.deprecated,
        validations: [{ field: "template_id", detail: facts.template.deprecated }],
      },
    );
  }
  const isOld = facts.version.id !== facts.template.active_version_id;
  if (isOld && facts.template.require_active_version && !can(ctx, "template:update", template)) {
    throw new BuildError("not_active_version", `The template "${facts.template.name}" requires its active version.`);
  }
  return facts;
}

interface PlannedSchedule {
  readonly autostartSchedule: string | null;
  readonly nextStartMs: number | undefined;
  /** Nanoseconds. */
  readonly ttl: number | null;
}

function planSchedule(request: api.CreateWorkspaceRequest, facts: CreationFacts, nowMs: number): PlannedSchedule {
  const { template } = facts;
  const text = request.autostart_schedule ?? "";
  let nextStartMs: number | undefined;
  if (text !== "") {
    if (!template.allow_user_autostart) throw refuseSchedule("the template does not allow autostart");
    try {
      nextStartMs = nextAutostartMs(parseAutostart(text), allowedDaysOf(template.autostart_block_days_of_week), nowMs);
    } catch (error) {
      if (error instanceof ScheduleError) throw refuseSchedule(error.message);
      throw error;
    }
  }
  const fault = faultOfTtl(request.ttl_ms);
  if (fault !== undefined) {
    throw new ApiError("validation_failed", "Invalid Workspace Time to Shutdown.", {
      validations: [{ field: "ttl_ms", detail: fault }],
    });
  }
  // Where users may not choose, the template's own counts whatever they say.
  const chosen = request.ttl_ms !== undefined && template.allow_user_autostop ? ttlToStore(request.ttl_ms) : undefined;
  const ttl = chosen !== undefined ? chosen : template.default_ttl === 0 ? null : template.default_ttl;
  return { autostartSchedule: text === "" ? null : text, nextStartMs, ttl };
}

function refuseSchedule(detail: string): ApiError {
  return new ApiError("validation_failed", "Invalid Autostart Schedule.", {
    validations: [{ field: "schedule", detail }],
  });
}

interface Made {
  readonly workspace: WorkspaceRow;
  readonly build: BuildRow;
  readonly job: JobRow;
}

interface MakePlan {
  readonly deps: CreateWorkspaceDeps;
  readonly owner: Owner;
  readonly request: api.CreateWorkspaceRequest;
  readonly facts: CreationFacts;
  readonly schedule: PlannedSchedule;
  readonly plan: BuildPlan;
  readonly claim: ClaimDecision;
  readonly initiatorId: string;
  readonly nowMs: number;
}

async function insertOrClaim(make: MakePlan): Promise<Made> {
  const { deps, claim } = make;
  const { db, clock, onClaim } = deps;
  for (let attempt = 1; ; attempt++) {
    try {
      // Read committed: many claim from one pool at once, and a row that was taken since this transaction's snapshot is to
      // be passed over, not to fail it. What must be unique (name, build number) is held by indexes.
      const made = await transaction(db, { name: "create_workspace", clock }, async (tx) => {
        const claimed = await tryClaim(tx, make);
        return { ...(claimed ?? (await insertFresh(tx, make))), isClaimed: claimed !== undefined };
      });
      if (claim.try) onClaim?.(made.isClaimed ? "claimed" : "missed");
      else if (claim.why !== undefined) onClaim?.("mismatch");
      return made;
    } catch (error) {
      if (!isBuildNumberTaken(error) || attempt === claimAttempts) throw error;
      deps.log.info({ attempt }, "a build of a warm workspace came before its claim, taking another");
    }
  }
}

async function tryClaim(tx: Tx, make: MakePlan): Promise<Made | undefined> {
  const { deps, owner, request, facts, schedule, plan, claim, initiatorId, nowMs } = make;
  if (!claim.try || deps.claim === undefined) return undefined;
  const claimed = await deps
    .claim(tx, {
      templateId: facts.templateId,
      versionId: plan.versionId,
      presetId: claim.preset.id,
      fixedParameters: claim.fixedParameters,
      mayRunUnsandboxed: mayRunUnsandboxed({
        isAllowedForAll: deps.allowUnsandboxed,
        isPrebuild: false,
        ownerRoles: facts.ownerRoles,
        authorRoles: facts.authorRoles,
      }),
      ownerId: owner.id,
      name: request.name,
      ...schedule,
      automaticUpdates: request.automatic_updates ?? "never",
      nowMs,
    })
    .catch((error: unknown) => {
      throw asNameTaken(error, request.name);
    });
  if (claimed === undefined) return undefined;
  const { workspace } = claimed;
  const { build, job } = await insertBuild(tx, deps.pubsub, {
    plan: { ...plan, number: claimed.latestBuildNumber + 1, presetId: claim.preset.id },
    workspaceId: workspace.id,
    ownerId: owner.id,
    organizationId: facts.organizationId,
    initiatorId,
    stage: "claim",
    reason: "initiator",
    priority: jobPriority.claim,
    nowMs,
  });
  announceWorkspace(tx, deps.pubsub, { ownerId: prebuildsUserId, workspaceId: workspace.id });
  // Sessions of its agents know the old owner.
  afterCommit(tx, () => deps.pubsub.publish("workspace_identity", workspace.id, {}));
  wakePools(tx, deps.pubsub, "prebuild_claimed");
  return { workspace, build, job };
}

async function insertFresh(tx: Tx, make: MakePlan): Promise<Made> {
  const { deps, owner, request, facts, schedule, plan, claim, initiatorId, nowMs } = make;
  const workspace = await insertWorkspace(tx, {
    ownerId: owner.id,
    organizationId: facts.organizationId,
    templateId: facts.templateId,
    name: request.name,
    ...schedule,
    automaticUpdates: request.automatic_updates ?? "never",
    nowMs,
  });
  const { build, job } = await insertBuild(tx, deps.pubsub, {
    plan,
    workspaceId: workspace.id,
    ownerId: owner.id,
    organizationId: facts.organizationId,
    initiatorId,
    stage: "none",
    reason: "initiator",
    priority: jobPriority.human,
    claimMiss: claim.try ? `the pool of preset "${claim.preset.name}" has no ready workspace` : claim.why,
    nowMs,
  });
  return { workspace, build, job };
}

function initiatorOf(ctx: Context): { id: string; name: string } {
  if (ctx.actor.kind !== "user") throw new Error("workspaces are created by users");
  return { id: ctx.actor.userId, name: ctx.actor.username };
}
