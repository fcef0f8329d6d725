import { sql } from "kysely";
import { ApiError, endpoints, type ProvisionerJob } from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import type { Db } from "../ground/database/index.ts";
import { findUuid, parseUuid, route, type Route } from "../ground/http/index.ts";
import { authorize, authorizeWithin, notFoundMessage } from "../access/index.ts";
import { getOrganization } from "../identity/index.ts";
import { listDaemons } from "./daemons.ts";
import type { JobRow } from "./job-row.ts";
import { queuePositions } from "./queue-position.ts";
import { toApiJob } from "./to-api-job.ts";

const statuses = ["pending", "running", "succeeded", "canceling", "canceled", "failed", "unknown"];
const defaultLimit = 50;

export function provisioningRoutes(deps: { db: Db; clock: Clock }): Route[] {
  const { db, clock } = deps;
  return [
    route(endpoints.provisioners.listProvisionerDaemons)({
      access: "provisioner_daemon:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded, query }) {
        const granted = authorizeWithin(ctx, "provisioner_daemon:read", { organizationId: loaded.id });
        const wanted = listOf(query.status);
        const ids = listOf(query.ids);
        const daemons = (await listDaemons(db, loaded.id, clock.now()))
          .filter((daemon) => wanted.length === 0 || wanted.includes(daemon.status ?? ""))
          .filter((daemon) => ids.length === 0 || ids.includes(daemon.id))
          .filter((daemon) => granted.ids?.includes(daemon.id) ?? true)
          .filter((daemon) => query.offline === true || wanted.includes("offline") || daemon.status !== "offline");
        return {
          status: 200,
          granted,
          body: query.limit === undefined || query.limit === 0 ? daemons : daemons.slice(0, query.limit),
        };
      },
    }),
    route(endpoints.provisioners.listProvisionerJobs)({
      access: "provisioner_jobs:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded, query }) {
        const granted = authorizeWithin(ctx, "provisioner_jobs:read", { organizationId: loaded.id });
        const jobs = await listJobs(db, clock.now(), {
          organizationId: loaded.id,
          reached: granted.ids,
          ids: listOf(query.ids).map((id) => idOf("ids", id)),
          statuses: listOf(query.status).map(statusWord),
          initiatorId: query.initiator === undefined ? undefined : idOf("initiator", query.initiator),
          tags: query.tags === undefined ? undefined : tagsOf(query.tags),
          limit: query.limit === undefined || query.limit === 0 ? defaultLimit : query.limit,
        });
        return { status: 200, granted, body: jobs };
      },
    }),
    route(endpoints.provisioners.getProvisionerJob)({
      access: "provisioner_jobs:read",
      async load({ ctx, params }) {
        const organization = await getOrganization(ctx, db, params.organization);
        const id = parseUuid(params.job);
        const granted = authorize(ctx, "provisioner_jobs:read", { id, organizationId: organization.id });
        return { organization, id, granted };
      },
      async handle({ loaded }) {
        const jobs = await listJobs(db, clock.now(), {
          organizationId: loaded.organization.id,
          ids: [loaded.id],
          limit: 1,
        });
        const job = jobs[0];
        if (job === undefined) throw new ApiError("not_found", notFoundMessage);
        return { status: 200, granted: loaded.granted, body: job };
      },
    }),
  ];
}

interface JobFilter {
  organizationId: string;
  ids?: readonly string[];
  /** Those that the asker's key reaches, where it does not reach all. */
  reached?: readonly string[] | undefined;
  statuses?: readonly string[];
  initiatorId?: string | undefined;
  tags?: Readonly<Record<string, string>> | undefined;
  limit: number;
}

type JoinedJob = JobRow & {
  worker_name: string | null;
  version_name: string | null;
  template_id: string | null;
  template_name: string | null;
  template_display_name: string | null;
  template_icon: string | null;
  workspace_id: string | null;
  workspace_name: string | null;
  transition: "start" | "stop" | "delete" | null;
};

async function listJobs(db: Db, nowMs: number, filter: JobFilter): Promise<ProvisionerJob[]> {
  const { rows } = await sql<JoinedJob>`
    select j.*, d.name as worker_name, v.name as version_name, t.id as template_id, t.name as template_name,
      t.display_name as template_display_name, t.icon as template_icon, w.id as workspace_id, w.name as workspace_name, b.transition
    from provisioner_jobs j
    left join provisioner_daemons d on d.id = j.worker_id
    left join workspace_builds b on b.job_id = j.id
    left join workspaces w on w.id = b.workspace_id
    left join template_versions v on v.id = coalesce(b.template_version_id, (j.input ->> 'template_version_id')::uuid)
    left join templates t on t.id = v.template_id
    where j.organization_id = ${filter.organizationId}
      and (${(filter.ids ?? []).length === 0} or j.id = any(${[...(filter.ids ?? [])]}::uuid[]))
      and (${filter.reached === undefined} or j.id::text = any(${[...(filter.reached ?? [])]}::text[]))
      and (${(filter.statuses ?? []).length === 0} or j.job_status = any(${[...(filter.statuses ?? [])]}::text[]))
      and (${filter.initiatorId === undefined} or j.initiator_id = ${filter.initiatorId ?? null}::uuid)
      and (${filter.tags === undefined} or j.tags @> ${JSON.stringify(filter.tags ?? {})}::jsonb)
    order by j.created_at desc, j.id limit ${filter.limit}`.execute(db);
  const queue = await queuePositions(
    db,
    rows.filter((row) => row.job_status === "pending").map((row) => row.id),
    nowMs,
  );
  return rows.map((row) =>
    toApiJob(row, {
      queue: queue.get(row.id),
      workerName: row.worker_name ?? undefined,
      metadata: {
        template_version_name: row.version_name ?? "",
        template_id: row.template_id ?? "00000000-0000-0000-0000-000000000000",
        template_name: row.template_name ?? "",
        template_display_name: row.template_display_name ?? "",
        template_icon: row.template_icon ?? "",
        ...(row.workspace_id === null ? {} : { workspace_id: row.workspace_id }),
        ...(row.workspace_name === null ? {} : { workspace_name: row.workspace_name }),
        ...(row.transition === null ? {} : { workspace_build_transition: row.transition }),
      },
    }),
  );
}

function listOf(text: string | undefined): string[] {
  return (text ?? "").split(",").filter((part) => part !== "");
}

function badQuery(field: string, detail: string): ApiError {
  return new ApiError("bad_query", "Query parameters have invalid values.", { validations: [{ field, detail }] });
}

function statusWord(text: string): string {
  if (statuses.includes(text)) return text;
  throw badQuery("status", `"${text}" is none of ${statuses.join(", ")}`);
}

function idOf(field: string, text: string): string {
  const id = findUuid(text);
  if (id === undefined) throw badQuery(field, `"${text}" is no UUID`);
  return id;
}

function tagsOf(text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, string>; // compared as JSON
  } catch {
    // falls through to the one refusal
  }
  throw badQuery("tags", "must be a JSON object of texts");
}
