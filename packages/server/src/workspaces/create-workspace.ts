import { prebuildsUserId } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Clock, Logger } from "@hearth/base";
import { afterCommit, transaction, type Db, type Tx } from "../ground/database/index.ts";
import type { Room } from "../ground/disk/index.ts";
import { givenId } from "../ground/http/index.ts";
import type { Context, Granted } from "../access/index.ts";
import { jobPriority, matchedProvisioners, type JobRow } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import type { NewWorkspaceObject } from "./access.ts";
import { decideClaim, type ClaimDecision, type ClaimPrebuild } from "./claim.ts";
import type { CreationFacts } from "./creation-facts.ts";
import { announceWorkspace, wakePools } from "./events.ts";
import { insertBuild, isBuildNumberTaken } from "./insert-build.ts";
import { planBuild, type BuildPlan } from "./plan-build.ts";
import { requireWithinBudget } from "./quota.ts";
import { getCreationFacts, planSchedule, type Owner, type PlannedSchedule } from "./plan-creation.ts";
import type { BuildRow, WorkspaceRow } from "./records.ts";
import { asNameTaken, insertWorkspace, nameTakenError } from "./store.ts";
import { toApiWorkspace } from "./to-api-workspace.ts";
import { refusalOfUnsandboxed, type Answerer } from "./unsandboxed.ts";

/** How an attempt to serve a new workspace from a pool went; for metrics. */
export type ClaimOutcome = "claimed" | "missed" | "mismatch";

export interface CreateWorkspaceDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  /** What states of builds and secret values are sealed with. */
  readonly sealKey: Buffer;
  /** The pools; without it every workspace is built. */
  readonly claim?: ClaimPrebuild | undefined;
  /** Of the disk; without it there always is. */
  readonly room?: Room | undefined;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`. */
  readonly allowUnsandboxed: boolean;
  readonly onClaim?: ((outcome: ClaimOutcome) => void) | undefined;
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
): Promise<{ granted: Granted<"workspace:create">; workspace: api.Workspace }> {
  const nowMs = deps.clock.now();
  const { granted, facts } = await getCreationFacts(ctx, deps.db, owner, request, organizationId, nowMs);
  const presetId = givenId(request.template_version_preset_id);
  const given = request.rich_parameter_values ?? [];
  const schedule = planSchedule(request, facts, nowMs);
  if (facts.isNameTaken) throw nameTakenError(request.name);
  const plan = planBuild(
    { transition: "start", ownerId: owner.id, templateId: facts.templateId, given, presetId },
    facts.version,
    undefined,
  );
  await deps.room?.require("A new workspace");
  const activeVersionId = facts.template.active_version_id;
  const claim = decideClaim(facts.version, plan, { presetId, activeVersionId });
  const initiator = initiatorOf(granted);
  const [made, matched] = await Promise.all([
    insertOrClaim(ctx, { deps, granted, owner, request, facts, schedule, plan, claim, initiator, nowMs }),
    matchedProvisioners(deps.db, { ...plan, organization_id: facts.organizationId, host_id: null }, nowMs),
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
    ownerAvatarUrl: facts.owner.avatarUrl,
  };
  const record = {
    workspace,
    ownerName: owner.username,
    ownerAvatarUrl: facts.owner.avatarUrl,
    organizationName: facts.organizationName,
    template: facts.template,
    latest,
    favoriteOf: [],
    origin: { readyMs: null },
  };
  return { granted, workspace: toApiWorkspace(record, { resources: [], matched }, initiator.id) };
}

interface Made {
  readonly workspace: WorkspaceRow;
  readonly build: BuildRow;
  readonly job: JobRow;
}

interface MakePlan {
  readonly deps: CreateWorkspaceDeps;
  readonly granted: Granted<"workspace:create", NewWorkspaceObject>;
  readonly owner: Owner;
  readonly request: api.CreateWorkspaceRequest;
  readonly facts: CreationFacts;
  readonly schedule: PlannedSchedule;
  readonly plan: BuildPlan;
  readonly claim: ClaimDecision;
  readonly initiator: Initiator;
  readonly nowMs: number;
}

async function insertOrClaim(ctx: Context, make: MakePlan): Promise<Made> {
  const { deps, claim } = make;
  const { db, clock, onClaim } = deps;
  for (let attempt = 1; ; attempt++) {
    try {
      // Read committed: many claim from one pool at once, and a row that was taken since this transaction's snapshot is to
      // be passed over, not to fail it. What must be unique (name, build number) is held by indexes.
      const made = await transaction(ctx, db, { name: "create_workspace", clock }, async (tx) => {
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
  const { deps, granted, request, facts, schedule, plan, claim, initiator, nowMs } = make;
  if (!claim.try || deps.claim === undefined) return undefined;
  const claimed = await deps
    .claim(tx, granted, {
      templateId: facts.templateId,
      versionId: plan.versionId,
      presetId: claim.preset.id,
      fixedParameters: claim.fixedParameters,
      mayRunUnsandboxed:
        refusalOfUnsandboxed({
          ...facts.sandbox,
          isAllowedForAll: deps.allowUnsandboxed,
          owner: facts.owner,
          // Whether a value is the version's own after all is not looked at: a fresh build is the worst that comes of it.
          valueGivers: (request.rich_parameter_values ?? []).length > 0 ? [initiator] : [],
        }) === undefined,
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
  const { build, job } = await insertBuild(tx, deps.pubsub, granted, {
    plan: { ...plan, number: claimed.latestBuildNumber + 1, presetId: claim.preset.id },
    workspaceId: workspace.id,
    stage: "claim",
    reason: "initiator",
    priority: jobPriority.claim,
    allowUnsandboxed: deps.allowUnsandboxed,
    sealKey: deps.sealKey,
    nowMs,
  });
  if (facts.hasQuotas && build.daily_cost > 0) {
    await requireWithinBudget(tx, granted.object);
  }
  announceWorkspace(tx, deps.pubsub, { ownerId: prebuildsUserId, workspaceId: workspace.id });
  // Sessions of its agents know the old owner.
  afterCommit(tx, () => {
    deps.pubsub.publish("workspace_identity", workspace.id, {});
    deps.pubsub.publish("object_access", workspace.id, {});
  });
  wakePools(tx, deps.pubsub, "prebuild_claimed");
  return { workspace, build, job };
}

async function insertFresh(tx: Tx, make: MakePlan): Promise<Made> {
  const { deps, granted, request, facts, schedule, plan, claim, nowMs } = make;
  const workspace = await insertWorkspace(tx, granted, {
    templateId: facts.templateId,
    name: request.name,
    ...schedule,
    automaticUpdates: request.automatic_updates ?? "never",
    nowMs,
  });
  const { build, job } = await insertBuild(tx, deps.pubsub, granted, {
    plan,
    workspaceId: workspace.id,
    stage: "none",
    reason: "initiator",
    priority: jobPriority.human,
    allowUnsandboxed: deps.allowUnsandboxed,
    sealKey: deps.sealKey,
    claimMiss: claim.try ? `the pool of preset "${claim.preset.name}" has no ready workspace` : claim.why,
    nowMs,
  });
  return { workspace, build, job };
}

interface Initiator extends Answerer {
  readonly id: string;
}

function initiatorOf({ actor }: Granted<"workspace:create">): Initiator {
  if (actor.kind !== "user") throw new Error("workspaces are created by users");
  return { id: actor.userId, name: actor.username, roles: actor.roles };
}
