import { ApiError, endpoints } from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import type { Db } from "../ground/database/index.ts";
import { findUuid, parseUuid, route, type Route } from "../ground/http/index.ts";
import { authorize, authorizeWithin, notFoundMessage } from "../access/index.ts";
import { getOrganization } from "../identity/index.ts";
import { listDaemons } from "./daemons.ts";
import { listJobs } from "./list-jobs.ts";

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
        const jobs = await listJobs(db, granted, clock.now(), {
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
        const jobs = await listJobs(db, loaded.granted, clock.now(), { ids: [loaded.id], limit: 1 });
        const job = jobs[0];
        if (job === undefined) throw new ApiError("not_found", notFoundMessage);
        return { status: 200, granted: loaded.granted, body: job };
      },
    }),
  ];
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
