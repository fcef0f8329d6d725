import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { ProvisionerDaemon, ProvisionerJob } from "../schemas/provisioners.ts";
import { QueryBool, QueryInt } from "../query.ts";

/**
 * Newest first; those not heard from lately only with `offline`. `ids` and `status` are lists with commas, `tags` is
 * a JSON object.
 */
export const listProvisionerDaemons = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/provisionerdaemons",
  operation: "list_provisioner_daemons",
  summary: "Daemons of an organization",
  query: z.object({
    limit: QueryInt.optional(),
    ids: z.string().optional(),
    status: z.string().optional(),
    tags: z.string().optional(),
    offline: QueryBool.optional(),
    max_age: z.string().optional(),
  }),
  responses: { 200: z.array(ProvisionerDaemon) },
});

/**
 * Newest first, 50 unless `limit` says otherwise. `ids` and `status` are lists with commas, `tags` is a JSON object;
 * 400 for what cannot be read.
 */
export const listProvisionerJobs = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/provisionerjobs",
  operation: "list_provisioner_jobs",
  summary: "Jobs of an organization",
  query: z.object({
    limit: QueryInt.optional(),
    ids: z.string().optional(),
    status: z.string().optional(),
    tags: z.string().optional(),
    initiator: z.string().optional(),
  }),
  responses: { 200: z.array(ProvisionerJob) },
});

/** 404 for a job of another organization. */
export const getProvisionerJob = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/provisionerjobs/{job}",
  operation: "get_provisioner_job",
  summary: "A job",
  responses: { 200: ProvisionerJob },
});
