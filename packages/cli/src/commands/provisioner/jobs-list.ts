import { endpoints, type ProvisionerJob } from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { columnOption, Count, organization, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { age } from "#output/ages.ts";
import { pickColumns, type Column } from "#output/table.ts";
import { tagsText } from "./list.ts";

interface Row {
  readonly job: ProvisionerJob;
  readonly nowMs: number;
}

const columns: readonly Column<Row>[] = [
  { name: "created at", value: ({ job, nowMs }) => age(job.created_at, nowMs) },
  { name: "id", value: ({ job }) => job.id },
  { name: "type", value: ({ job }) => job.type.replaceAll("_", " ") },
  { name: "status", value: ({ job }) => job.status },
  { name: "queue", value: ({ job }) => (job.status === "pending" ? `${job.queue_position}/${job.queue_size}` : "") },
  { name: "template", value: ({ job }) => job.metadata.template_name },
  { name: "workspace", value: ({ job }) => job.metadata.workspace_name ?? "" },
  { name: "tags", shown: false, value: ({ job }) => tagsText(job.tags) },
  { name: "worker", shown: false, value: ({ job }) => job.worker_name ?? "" },
  { name: "error", shown: false, value: ({ job }) => job.error ?? "" },
];

export const listJobs = defineCommand({
  summary: "List builds and imports that run, wait or have ended",
  options: {
    limit: Count.default(50).meta({ short: "l", value: "number", description: "how many at most (default: 50)" }),
    status: z
      .array(z.enum(["pending", "running", "succeeded", "canceling", "canceled", "failed", "unknown"]))
      .default([])
      .meta({ short: "s", value: "status", description: "only those in this state" }),
    initiator: z
      .string()
      .optional()
      .meta({ short: "i", value: "user", description: "only those that this user asked for" }),
    column: columnOption(columns),
    organization,
    output,
  },
  async run(input, { client, out, clock }) {
    const { id } = await resolveOrganization(client, input.organization);
    const initiator =
      input.initiator === undefined
        ? undefined
        : await client.call(endpoints.users.getUser, { params: { user: input.initiator } });
    const jobs = await client.call(endpoints.provisioners.listProvisionerJobs, {
      params: { organization: id },
      query: {
        limit: input.limit,
        ...(input.status.length === 0 ? {} : { status: input.status.join(",") }),
        ...(initiator === undefined ? {} : { initiator: initiator.id }),
      },
    });
    if (input.output === "json") {
      out.json(jobs);
      return;
    }
    const nowMs = clock.now();
    out.table(
      jobs.map((job) => ({ job, nowMs })),
      pickColumns(columns, input.column),
    );
  },
});
