import { endpoints, type Client, type User } from "@hearth/sdk";
import { z } from "zod";
import { columnOption, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { pickColumns } from "#output/table.ts";
import { userColumns } from "./columns.ts";

export const listUsers = defineCommand({
  summary: "List users",
  options: {
    search: z.string().optional().meta({ value: "query", description: 'filter, like "status:active ada"' }),
    column: columnOption(userColumns),
    output,
  },
  async run({ search, column, output: format }, { client, out, clock }) {
    const users = await everyUser(client, search ?? "");
    if (format === "json") {
      out.json(users);
      return;
    }
    const nowMs = clock.now();
    out.table(
      users.map((user) => ({ user, nowMs })),
      pickColumns(userColumns, column),
    );
  },
});

const pageSize = 100;

async function everyUser(client: Client, q: string): Promise<User[]> {
  const found: User[] = [];
  for (;;) {
    const { users, count } = await client.call(endpoints.users.listUsers, {
      query: { q, limit: pageSize, offset: found.length },
    });
    found.push(...users);
    if (users.length < pageSize || found.length >= count) return found;
  }
}
