/** One schedule line of a preset, in stored order. */
export interface PoolSchedule {
  readonly cron: string;
  readonly instances: number;
}

export type PoolStatus = "healthy" | "hard_limited" | "validation_failed" | "sandbox_required";

/** A preset that keeps a pool, of any version of any template. */
export interface PoolPreset {
  readonly id: string;
  readonly name: string;
  readonly templateId: string;
  readonly templateName: string;
  readonly organizationId: string;
  readonly versionId: string;
  readonly versionName: string;
  readonly usesActiveVersion: boolean;
  readonly isTemplateDeleted: boolean;
  readonly isTemplateDeprecated: boolean;
  /** The base count; schedules may say another. */
  readonly desiredInstances: number;
  readonly timezone: string;
  /** 0 = unclaimed workspaces do not age. */
  readonly ttlSeconds: number;
  readonly status: PoolStatus;
  /** What operators are shown of it. */
  readonly statusDetail: string;
  /** Why nothing may be built of it here, where there is no sandbox; undefined: it may. */
  readonly refusal: string | undefined;
  readonly lastInvalidatedAtMs: number | undefined;
}

/** A workspace of the pool whose latest build is a succeeded start. */
export interface RunningPrebuild {
  readonly id: string;
  /** Null: no start of it ever had a preset, so it is in no pool. */
  readonly presetId: string | null;
  /** Every root agent of its latest build is ready and connected: what a claim may take. */
  readonly isClaimable: boolean;
  /** Since when an agent of it that was there is gone; undefined while none is. */
  readonly lostSinceMs: number | undefined;
  /** Of the workspace: the time that provisioning took is part of its age. */
  readonly createdAtMs: number;
}

export interface BuildsInProgress {
  readonly presetId: string | null;
  readonly transition: "start" | "stop" | "delete";
  readonly count: number;
}

/** Recent failures of a preset's creations. */
export interface RecentFailures {
  readonly presetId: string;
  readonly failures: number;
  readonly lastBuildAtMs: number;
}

/** What is known of all pools at one moment. @see spec/prebuilds.md §6 */
export interface PoolSnapshot {
  readonly presets: readonly PoolPreset[];
  readonly schedules: ReadonlyMap<string, readonly PoolSchedule[]>;
  readonly running: readonly RunningPrebuild[];
  readonly inProgress: readonly BuildsInProgress[];
  /** First builds of versions that are not active, which no worker has taken: how many, by preset. */
  readonly pending: ReadonlyMap<string, number>;
  readonly failures: readonly RecentFailures[];
  /** Presets whose last creations all failed. */
  readonly hardLimited: ReadonlySet<string>;
}

/** The part of a snapshot that one preset is decided by. */
export interface PoolView {
  readonly preset: PoolPreset;
  readonly schedules: readonly PoolSchedule[];
  readonly running: readonly RunningPrebuild[];
  readonly inProgress: readonly BuildsInProgress[];
  readonly pendingCount: number;
  readonly failures: RecentFailures | undefined;
  readonly isHardLimited: boolean;
}

/** Takes a snapshot apart, one look-up a preset. Pure. */
export function viewsOf(snapshot: PoolSnapshot): { readonly get: (presetId: string) => PoolView } {
  const presets = new Map(snapshot.presets.map((preset) => [preset.id, preset]));
  const running = Map.groupBy(snapshot.running, ({ presetId }) => presetId);
  const inProgress = Map.groupBy(snapshot.inProgress, ({ presetId }) => presetId);
  const failures = new Map(snapshot.failures.map((row) => [row.presetId, row]));
  return {
    /** @throws Error for a preset that is not in the snapshot: a bug of the caller */
    get(presetId) {
      const preset = presets.get(presetId);
      if (preset === undefined) throw new Error(`preset ${presetId} is not in the snapshot`);
      return {
        preset,
        schedules: snapshot.schedules.get(presetId) ?? [],
        running: running.get(presetId) ?? [],
        inProgress: inProgress.get(presetId) ?? [],
        pendingCount: snapshot.pending.get(presetId) ?? 0,
        failures: failures.get(presetId),
        isHardLimited: snapshot.hardLimited.has(presetId),
      };
    },
  };
}
