import { sql } from "kysely";
import { prebuildsUserId } from "@hearth/sdk";
import {
  computed,
  defineStatement,
  orNull,
  sampleId,
  sampleMs,
  stored,
  type Fragment,
  type RowOfShape,
  type Tx,
} from "../ground/database/index.ts";
import { unsandboxedEverywhere } from "../jobs/index.ts";
import { BuildError } from "./build-error.ts";

/** Somebody who answers for something, with the site roles of now; of who is deleted or suspended there are none. */
export interface Answerer {
  readonly name: string;
  readonly roles: readonly string[];
}

/** Whose words run in a workspace, and whose it is. */
export interface UnsandboxedFacts {
  /** `HEARTH_ALLOW_UNSANDBOXED=1`: the operator trusts everybody. */
  readonly isAllowedForAll: boolean;
  readonly versionName: string;
  /** Who made the template version. */
  readonly author: Answerer;
  /** Who made it the active one, last; undefined: nobody did, or it is not known. */
  readonly promoter: Answerer | undefined;
  /** Whose the workspace is, or will be; undefined: the pool's, which belongs to no human yet. */
  readonly owner: Answerer | undefined;
  /** Who chose values that the version itself does not say: a value may reach a script, so it is a word like others. */
  readonly valueGivers: readonly Answerer[];
}

/**
 * Why a workspace may not run without a sandbox, where its processes reach everything on the host; undefined: it may.
 *
 * Decided by whose words run (who wrote the version, who made it active, who chose its values) and whose workspace it is:
 * each must be an owner of the deployment, who can do all that anyway. Never by who asks for the build. The pool's
 * workspaces belong to nobody yet; when one is claimed its new owner counts. Pure.
 * @see spec/native-templates.md, "The process engine"
 */
export function refusalOfUnsandboxed(facts: UnsandboxedFacts): string | undefined {
  if (facts.isAllowedForAll) return undefined;
  const { author, promoter, owner, versionName } = facts;
  if (owner !== undefined && !isOwner(owner)) return `"${owner.name}" is no owner of this deployment`;
  if (!isOwner(author)) {
    return `the template version "${versionName}" was written by "${author.name}", who is no owner of this deployment`;
  }
  if (promoter === undefined) return `no owner has promoted the template version "${versionName}"`;
  if (!isOwner(promoter)) {
    return `the template version "${versionName}" was promoted by "${promoter.name}", who is no owner of this deployment`;
  }
  const giver = facts.valueGivers.find((candidate) => !isOwner(candidate));
  if (giver === undefined) return undefined;
  return `"${giver.name}", who is no owner of this deployment, chose values of its parameters`;
}

function isOwner({ roles }: Answerer): boolean {
  return roles.includes("owner");
}

/** How an engine marks, in its resource's metadata, a workspace that runs without a sandbox. */
export const unsandboxedMark = { key: "sandbox", value: "none" } as const;

/** What is known of a version for {@link refusalOfUnsandboxed}, and of where it would be built. */
export interface SandboxFacts {
  readonly versionName: string;
  readonly author: Answerer;
  readonly promoter: Answerer | undefined;
  /** Why it would run without a sandbox wherever it was built; undefined: somewhere it would not, or that is not known. */
  readonly unsandboxed: string | undefined;
}

export const sandboxShape = {
  sandbox_version_name: stored("template_versions.name"),
  sandbox_author: computed.json<Answerer>(),
  sandbox_promoter: orNull(computed.json<Answerer>()),
  sandbox_missing: orNull(computed.text),
} as const;
export type SandboxRecord = RowOfShape<typeof sandboxShape>;

/** An SQL text: an {@link Answerer} of the user with this id, null for none. */
export function answerer(id: Fragment): Fragment {
  return sql`(select json_build_object('name', au.username,
    'roles', case when au.deleted or au.status = 'suspended' then '{}' else au.roles end) from users au where au.id = ${id})`;
}

/** The columns of {@link SandboxRecord} for a statement that has the version as `v`. */
export function sandboxColumns(nowMs: number): Fragment {
  return sql`v.name as sandbox_version_name, ${answerer(sql`v.created_by`)} as sandbox_author,
    ${answerer(sql`v.promoted_by`)} as sandbox_promoter, ${unsandboxedEverywhere(nowMs)} as sandbox_missing`;
}

export function toSandboxFacts(row: SandboxRecord): SandboxFacts {
  return {
    versionName: row.sandbox_version_name,
    author: row.sandbox_author,
    promoter: row.sandbox_promoter ?? undefined,
    unsandboxed: row.sandbox_missing ?? undefined,
  };
}

export const answererShape = {
  /** Null: the pool's. */
  sandbox_owner: orNull(computed.json<Answerer>()),
  sandbox_value_givers: computed.json<Answerer[]>(),
} as const;
type AnswererRecord = RowOfShape<typeof answererShape>;

/** The columns of {@link AnswererRecord} for a statement that has the build as `b` and its workspace as `w`. */
export const answererColumns: Fragment = sql`
  case when w.owner_id <> ${sql.lit(prebuildsUserId)} then ${answerer(sql`w.owner_id`)} end as sandbox_owner,
  (select coalesce(json_agg(${answerer(sql`given.by`)}), '[]')
    from (select distinct gp.given_by as by from workspace_build_parameters gp
      where gp.build_id = b.id and gp.given_by is not null) given) as sandbox_value_givers`;

export function toAnswerers(row: AnswererRecord): Pick<UnsandboxedFacts, "owner" | "valueGivers"> {
  return { owner: row.sandbox_owner ?? undefined, valueGivers: row.sandbox_value_givers };
}

const findStored = defineStatement({
  name: "workspaces.sandbox_of_build",
  columns: { ...sandboxShape, ...answererShape },
  samples: [{ build: { id: sampleId, nowMs: sampleMs } }],
  build: ({ build }: { build: { id: string; nowMs: number } }) => sql`
    select ${sandboxColumns(build.nowMs)}, ${answererColumns}
    from workspace_builds b join workspaces w on w.id = b.workspace_id join template_versions v on v.id = b.template_version_id
    where b.id = ${build.id}`,
});

/**
 * Refuses a build that was just stored, before its worker would: every daemon that could run it has no sandbox, and it may
 * not go without. In the transaction that stored it, so that nothing of it is kept.
 * @throws BuildError `sandbox_required`
 */
export async function refuseUnsandboxed(tx: Tx, build: { id: string; nowMs: number }): Promise<void> {
  const row = await findStored.first(tx, { build });
  if (row === undefined || row.sandbox_missing === null) return;
  const why = refusalOfUnsandboxed({ ...toSandboxFacts(row), ...toAnswerers(row), isAllowedForAll: false });
  if (why !== undefined) throw sandboxRequired(why, row.sandbox_missing);
}

function sandboxRequired(why: string, missing: string): BuildError {
  return new BuildError("sandbox_required", `This workspace may not run without a sandbox: ${why}.`, {
    detail: `There is no sandbox here (${missing}). An owner may write and promote the version; an operator may install bubblewrap, or set HEARTH_ALLOW_UNSANDBOXED=1 to trust everybody.`,
  });
}
