import { endpoints, type SetAsideEffect } from "@hearth/sdk";
import { columnOption, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { age } from "#output/ages.ts";
import { pickColumns, type Column } from "#output/table.ts";

interface Row {
  readonly effect: SetAsideEffect;
  readonly nowMs: number;
}

const columns: readonly Column<Row>[] = [
  { name: "id", value: ({ effect }) => effect.id },
  { name: "kind", value: ({ effect }) => effect.kind },
  { name: "key", value: ({ effect }) => effect.key },
  { name: "set aside", value: ({ effect, nowMs }) => age(effect.set_aside_at, nowMs) },
  { name: "why", value: ({ effect }) => effect.last_error },
  { name: "created at", shown: false, value: ({ effect, nowMs }) => age(effect.created_at, nowMs) },
  { name: "attempts", shown: false, value: ({ effect }) => String(effect.attempts) },
];

export const listSetAside = defineCommand({
  summary: "List what could not be delivered, and why",
  options: { column: columnOption(columns), output },
  async run({ column, output: format }, { client, out, clock }) {
    const effects = await client.call(endpoints.outbox.listSetAside, {});
    if (format === "json") {
      out.json(effects);
      return;
    }
    if (effects.length === 0) {
      out.note("Nothing was set aside: everything was delivered, or is being tried.");
      return;
    }
    const nowMs = clock.now();
    out.table(
      effects.map((effect) => ({ effect, nowMs })),
      pickColumns(columns, column),
    );
  },
});
