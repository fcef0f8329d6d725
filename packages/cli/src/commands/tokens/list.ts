import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { columnOption, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { pickColumns } from "#output/table.ts";
import { tokenColumns } from "./columns.ts";

export const listTokens = defineCommand({
  summary: "List your tokens",
  options: {
    all: z.boolean().default(false).meta({ short: "a", description: "everybody's, as far as you may see them" }),
    includeExpired: z.boolean().default(false).meta({ description: "those that have run out, too" }),
    column: columnOption(tokenColumns),
    output,
  },
  async run({ all, includeExpired, column, output: format }, { client, out, clock }) {
    const tokens = await client.call(endpoints.tokens.listTokens, {
      params: { user: "me" },
      query: { include_all: all, include_expired: includeExpired },
    });
    if (format === "json") {
      out.json(tokens);
      return;
    }
    if (tokens.length === 0) {
      out.note("No tokens found. Make one with: hearth tokens create");
      return;
    }
    const nowMs = clock.now();
    const columns = all && column.length === 0 ? tokenColumns : pickColumns(tokenColumns, column);
    out.table(
      tokens.map((token) => ({ token, nowMs })),
      columns,
    );
  },
});
