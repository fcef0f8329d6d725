import type * as api from "@hearth/sdk";
import type { Clock, Logger } from "@hearth/base";
import { transaction, type Db, type Tx } from "../ground/database/index.ts";
import type { Room } from "../ground/disk/index.ts";
import { givenId } from "../ground/http/index.ts";
import type { Context, Granted } from "../access/index.ts";
import type { ClaimedManifests } from "../agents/index.ts";
import { jobPriority, matchedProvisioners, type JobRow } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import type { NewWorkspaceObject } from "./access.ts";
import type { ManifestOf } from "../templates/index.ts";
import { announceGiven } from "./announce-claim.ts";
import { claimAtOnce, type ClaimStatement } from "./claim-at-once.ts";
import { decideClaim, type ClaimDecision, type ClaimPrebuild, type ClaimRequest } from "./claim.ts";
import type { CreationFacts } from "./creation-facts.ts";
import { insertBuild, isBuildNumberTaken } from "./insert-build.ts";
import { planBuild, type BuildPlan } from "./plan-build.ts";
import { requireWithinBudget } from "./quota.ts";
import { getCreationFacts, planSchedule, type Owner, type PlannedSchedule } from "./plan-creation.ts";
import type { BuildRow, WorkspaceRow } from "./records.ts";
import { renderForClaim } from "./render-claim.ts";
import { allowedDaysOf, deadlineMs, toMs } from "./schedule/index.ts";
import { asNameTaken, insertWorkspace, nameTakenError } from "./store.ts";
import type { BuildExtras } from "./to-api-build.ts";
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
  /** Claims that touch nothing; without it every claim is a job. */
  readonly atOnce?: AtOnceDeps | undefined;
  /** Of the disk; without it there always is. */
  readonly room?: Room | undefined;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`. */
  readonly allowUnsandboxed: boolean;
  readonly onClaim?: ((outcome: ClaimOutcome) => void) | undefined;
}

interface AtOnceDeps {
  readonly statement: ClaimStatement;
  readonly manifestOf: ManifestOf;
  readonly accessUrl: () => string;
  /** By which the agents' sessions hear what the claim knows. */
  readonly claimed: ClaimedManifests;
}

interface CreateWorkspaceOptions {
  /** Of the path, where the path has one: the template must be in it. */
  readonly organizationId?: string | undefined;
  /** What the first build of its owner is to be called, for who must find it though the answer is lost. */
  readonly buildId?: string | undefined;
}

/** A claim that somebody's build of the same warm workspace beat in the last moment: the next attempt takes another. */
const claimAttempts = 3;

/**
 * Gives `owner` a new workspace: one of a pool where one fits, else one that is built. Resolves once the request is
 * durable. One of a pool that no worker has to touch is its owner's then, agents and all; any other is `pending`.
 *
 * @throws ApiError in the order of spec/builds.md §5.1; BuildError for what the template version refuses
 */
export async function createWorkspace(
  ctx: Context,
  deps: CreateWorkspaceDeps,
  owner: Owner,
  request: api.CreateWorkspaceRequest,
  { organizationId, buildId }: CreateWorkspaceOptions = {},
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
  const make = { deps, granted, owner, request, facts, schedule, plan, claim, initiator, buildId, nowMs };
  return { granted, workspace: toAnswer(make, (await tryAtOnce(ctx, make)) ?? (await insertOrClaim(ctx, make))) };
}

/** What was made, with what is shown of its build beside the rows. */
interface Made extends Shown {
  readonly workspace: WorkspaceRow;
  readonly build: BuildRow;
  readonly job: JobRow;
}

interface Shown {
  readonly extras: BuildExtras;
  readonly versionName: string;
  readonly readyMs: number | null;
}

function toAnswer({ owner, facts, initiator }: MakePlan, made: Made): api.Workspace {
  const { workspace, build, job, versionName, readyMs } = made;
  const { username: ownerName, id: ownerId } = owner;
  const { avatarUrl: ownerAvatarUrl } = facts.owner;
  const workspaceName = workspace.name;
  const names = { versionName, initiatorName: initiator.name, workspaceName, ownerId, ownerName, ownerAvatarUrl };
  const record = {
    workspace,
    ownerName,
    ownerAvatarUrl,
    organizationName: facts.organizationName,
    template: facts.template,
    latest: { build, job, ...names },
    favoriteOf: [],
    origin: { readyMs },
  };
  return toApiWorkspace(record, made.extras, initiator.id);
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
  readonly buildId: string | undefined;
  readonly nowMs: number;
}

/** Serves the request by one statement, where the version's claims leave nothing to a worker and its pool has one ready. */
async function tryAtOnce(ctx: Context, make: MakePlan): Promise<Made | undefined> {
  const { deps, granted, owner, request, facts, plan, claim, nowMs } = make;
  const { atOnce } = deps;
  if (!claim.try || atOnce === undefined) return undefined;
  const wanted = claimRequestOf(make, claim);
  // Where there is a sandbox somewhere, the few without one are left to a worker.
  const isOnHost = wanted.mayRunUnsandboxed && facts.sandbox.unsandboxed !== undefined;
  const given = { owner, name: request.name, accessUrl: atOnce.accessUrl(), isOnHost };
  const rendered = await renderForClaim(atOnce.manifestOf, facts, plan, given);
  if (rendered === undefined) return undefined;
  const claimed = await retryTaken(deps, request.name, () =>
    claimAtOnce(ctx, { ...deps, claimed: atOnce.claimed }, atOnce.statement, granted, {
      buildId: make.buildId,
      request: wanted,
      ownerName: owner.username,
      templateName: facts.template.name,
      plan: { ...plan, presetId: claim.preset.id },
      rendered,
      deadlineMs: deadlineOf(facts, make.schedule, nowMs),
      hasQuotas: facts.hasQuotas,
    }),
  );
  if (claimed === undefined) return undefined;
  deps.onClaim?.("claimed");
  const { resources, readyMs, ...rows } = claimed;
  return { ...rows, extras: { resources }, versionName: facts.version.name, readyMs };
}

/** When the workspace stops by itself, from now on. */
function deadlineOf({ template }: CreationFacts, { autostartSchedule, ttl }: PlannedSchedule, nowMs: number) {
  return deadlineMs({
    doneMs: nowMs,
    ttlMs: toMs(ttl ?? 0),
    defaultTtlMs: toMs(template.default_ttl),
    allowsUserAutostop: template.allow_user_autostop,
    autostartSchedule,
    allowedDays: allowedDaysOf(template.autostart_block_days_of_week),
  });
}

/** Takes another warm workspace where a build of the first one came before its claim. @throws ApiError `workspace_name_taken` */
async function retryTaken<T>({ log }: CreateWorkspaceDeps, name: string, claim: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await claim();
    } catch (error) {
      if (!isBuildNumberTaken(error) || attempt === claimAttempts) throw asNameTaken(error, name);
      log.info({ attempt }, "a build of a warm workspace came before its claim, taking another");
    }
  }
}

async function insertOrClaim(ctx: Context, make: MakePlan): Promise<Made> {
  const { deps, claim, plan, facts, nowMs } = make;
  const { db, clock, onClaim } = deps;
  const [made, matched] = await Promise.all([
    // Read committed: many claim from one pool at once, and a row that was taken since this transaction's snapshot is to
    // be passed over, not to fail it. What must be unique (name, build number) is held by indexes.
    retryTaken(deps, make.request.name, () =>
      transaction(ctx, db, { name: "create_workspace", clock }, async (tx) => {
        const claimed = await tryClaim(tx, make);
        return { ...(claimed ?? (await insertFresh(tx, make))), isClaimed: claimed !== undefined };
      }),
    ),
    matchedProvisioners(db, { ...plan, organization_id: facts.organizationId, host_id: null }, nowMs),
  ]);
  if (claim.try) onClaim?.(made.isClaimed ? "claimed" : "missed");
  else if (claim.why !== undefined) onClaim?.("mismatch");
  return { ...made, extras: { resources: [], matched }, versionName: "", readyMs: null };
}

type Inserted = Omit<Made, keyof Shown>;

function claimRequestOf(make: MakePlan, { preset, fixedParameters }: ClaimDecision & { try: true }): ClaimRequest {
  const { deps, facts, request, plan, initiator } = make;
  return {
    templateId: facts.templateId,
    versionId: plan.versionId,
    presetId: preset.id,
    fixedParameters,
    mayRunUnsandboxed:
      refusalOfUnsandboxed({
        ...facts.sandbox,
        isAllowedForAll: deps.allowUnsandboxed,
        owner: facts.owner,
        // Whether a value is the version's own after all is not looked at: a fresh build is the worst that comes of it.
        valueGivers: (request.rich_parameter_values ?? []).length > 0 ? [initiator] : [],
      }) === undefined,
    name: request.name,
    ...make.schedule,
    automaticUpdates: request.automatic_updates ?? "never",
    nowMs: make.nowMs,
  };
}

async function tryClaim(tx: Tx, make: MakePlan): Promise<Inserted | undefined> {
  const { deps, granted, facts, plan, claim, nowMs } = make;
  if (!claim.try || deps.claim === undefined) return undefined;
  const claimed = await deps.claim(tx, granted, claimRequestOf(make, claim));
  if (claimed === undefined) return undefined;
  const { workspace } = claimed;
  const { build, job } = await insertBuild(tx, deps.pubsub, granted, {
    id: make.buildId,
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
  announceGiven(tx, deps.pubsub, { workspaceId: workspace.id, ownerId: granted.object.ownerId });
  return { workspace, build, job };
}

async function insertFresh(tx: Tx, make: MakePlan): Promise<Inserted> {
  const { deps, granted, request, facts, schedule, plan, claim, nowMs } = make;
  const workspace = await insertWorkspace(tx, granted, {
    templateId: facts.templateId,
    name: request.name,
    ...schedule,
    automaticUpdates: request.automatic_updates ?? "never",
    nowMs,
  });
  const { build, job } = await insertBuild(tx, deps.pubsub, granted, {
    id: make.buildId,
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
