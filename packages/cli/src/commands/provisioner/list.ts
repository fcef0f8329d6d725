import { endpoints, type ProvisionerDaemon } from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { columnOption, Count, organization, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { age } from "#output/ages.ts";
import { pickColumns, type Column } from "#output/table.ts";

interface Row {
  readonly daemon: ProvisionerDaemon;
  readonly nowMs: number;
}

const columns: readonly Column<Row>[] = [
  { name: "name", value: ({ daemon }) => daemon.name },
  { name: "status", value: ({ daemon }) => daemon.status ?? "" },
  { name: "tags", value: ({ daemon }) => tagsText(daemon.tags) },
  { name: "last seen at", value: ({ daemon, nowMs }) => age(daemon.last_seen_at, nowMs) },
  { name: "key name", value: ({ daemon }) => daemon.key_name ?? "" },
  { name: "version", value: ({ daemon }) => daemon.version },
  { name: "current job", shown: false, value: ({ daemon }) => daemon.current_job?.template_name ?? "" },
  { name: "created at", shown: false, value: ({ daemon, nowMs }) => age(daemon.created_at, nowMs) },
  { name: "id", shown: false, value: ({ daemon }) => daemon.id },
];

export const listDaemons = defineCommand({
  summary: "List the provisioners that run builds",
  options: {
    limit: Count.default(50).meta({ short: "l", value: "number", description: "how many at most (default: 50)" }),
    showOffline: z.boolean().default(false).meta({ short: "f", description: "those that are away, too" }),
    status: z
      .array(z.enum(["offline", "idle", "busy"]))
      .default([])
      .meta({ short: "s", value: "status", description: "only those in this state" }),
    maxAge: z
      .string()
      .optional()
      .meta({ short: "m", value: "duration", description: "only those seen since then, like 1h" }),
    column: columnOption(columns),
    organization,
    output,
  },
  async run(input, { client, out, clock }) {
    const { id } = await resolveOrganization(client, input.organization);
    const daemons = await client.call(endpoints.provisioners.listProvisionerDaemons, {
      params: { organization: id },
      query: {
        limit: input.limit,
        ...(input.status.length === 0 ? {} : { status: input.status.join(",") }),
        ...(input.showOffline ? { offline: true } : {}),
        ...(input.maxAge === undefined ? {} : { max_age: input.maxAge }),
      },
    });
    if (input.output === "json") {
      out.json(daemons);
      return;
    }
    const nowMs = clock.now();
    out.table(
      daemons.map((daemon) => ({ daemon, nowMs })),
      pickColumns(columns, input.column),
    );
  },
});

/** Tags as users write them; empty ones say nothing. */
export function tagsText(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
