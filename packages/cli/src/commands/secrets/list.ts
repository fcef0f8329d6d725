import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { columnOption, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { pickColumns } from "#output/table.ts";
import { secretColumns } from "./columns.ts";

export const listSecrets = defineCommand({
  summary: "List your secrets, without their values",
  args: { name: z.string().optional().meta({ description: "only the one of this name" }) },
  options: { column: columnOption(secretColumns), output },
  async run({ name, column, output: format }, { client, out, clock }) {
    const params = { user: "me" };
    const secrets =
      name === undefined
        ? await client.call(endpoints.secrets.listUserSecrets, { params })
        : [await client.call(endpoints.secrets.getUserSecret, { params: { ...params, name } })];
    if (format === "json") {
      out.json(secrets);
      return;
    }
    if (secrets.length === 0) {
      out.note("No secrets found. Make one with: hearth secret create <name>");
      return;
    }
    const nowMs = clock.now();
    out.table(
      secrets.map((secret) => ({ secret, nowMs })),
      pickColumns(secretColumns, column),
    );
  },
});
