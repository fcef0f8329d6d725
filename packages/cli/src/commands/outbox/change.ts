import { endpoints, type Client, type SetAsideEffect } from "@hearth/sdk";
import { z } from "zod";
import { defineCommand } from "#command/define.ts";
import { Failure } from "#means/failure.ts";

const which = {
  args: { ids: z.array(z.string()).default([]).meta({ description: "from the list" }) },
  options: { all: z.boolean().default(false).meta({ description: "everything that was set aside" }) },
} as const;

export const requeueSetAside = defineCommand({
  summary: "Deliver again what was set aside",
  ...which,
  async run(input, { client, out }) {
    const ids = await idsOf(client, input);
    const back = ids.length === 0 ? [] : await client.call(endpoints.outbox.requeueSetAside, { body: { ids } });
    refuseMissing(input.ids, back);
    out.note(`${back.length} put back: each is tried now.`);
  },
});

export const dropSetAside = defineCommand({
  summary: "Forget what was set aside: it is never delivered",
  ...which,
  async run(input, { client, out }) {
    const ids = await idsOf(client, input);
    const gone = ids.length === 0 ? [] : await client.call(endpoints.outbox.dropSetAside, { body: { ids } });
    refuseMissing(input.ids, gone);
    out.note(`${gone.length} forgotten.`);
  },
});

/** @throws Failure when nothing is named, or both an id and all */
async function idsOf(
  client: Client,
  { ids, all }: { readonly ids: readonly string[]; readonly all: boolean },
): Promise<string[]> {
  if (all === ids.length > 0) throw new Failure("Name what you mean by its id, or say --all.", { hint: listThem });
  return all ? (await client.call(endpoints.outbox.listSetAside, {})).map(({ id }) => id) : [...ids];
}

const listThem = "List them with: hearth outbox list";

/** @throws Failure naming those that are not set aside */
function refuseMissing(wanted: readonly string[], done: readonly SetAsideEffect[]): void {
  const missing = wanted.filter((id) => !done.some((effect) => effect.id === id.toLowerCase()));
  if (missing.length > 0) throw new Failure(`Not set aside: ${missing.join(", ")}.`, { hint: listThem });
}
