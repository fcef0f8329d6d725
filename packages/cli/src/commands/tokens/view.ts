import { z } from "zod";
import { columnOption, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { pickColumns } from "#output/table.ts";
import { tokenColumns } from "./columns.ts";
import { findToken } from "./find-token.ts";

export const viewToken = defineCommand({
  summary: "Show one of your tokens",
  args: { token: z.string().meta({ description: "name or id" }) },
  options: { column: columnOption(tokenColumns), output },
  async run({ token: wanted, column, output: format }, { client, out, clock }) {
    const token = await findToken(client, wanted);
    if (format === "json") out.json(token);
    else out.table([{ token, nowMs: clock.now() }], pickColumns(tokenColumns, column));
  },
});
