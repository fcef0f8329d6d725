import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { Duration, textOutput } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { Failure } from "#means/failure.ts";
import { formatDuration } from "#time/duration.ts";

const nanosecondsPerMs = 1_000_000;

export const createToken = defineCommand({
  summary: "Make a token, for scripts and other programs",
  options: {
    name: z.string().optional().meta({ short: "n", description: "to find it again" }),
    lifetime: Duration.optional().meta({
      value: "duration",
      description: "how long it works, like 30d; without it as long as may be",
    }),
    scope: z
      .array(z.string())
      .default([])
      .meta({ value: "scope", description: "what it may do, like workspace:read; without it all you may" }),
    allow: z.array(z.string()).default([]).meta({
      value: "type:id",
      description: "what it reaches, like workspace:<id> or template:*; without it all you do",
    }),
    user: z.string().default("me").meta({ value: "name", description: "whose it is" }),
    output: textOutput,
  },
  async run(input, { client, out }) {
    const params = { user: input.user };
    const { max_token_lifetime: maximum } = await client.call(endpoints.tokens.getTokenConfig, { params });
    const wanted = input.lifetime === undefined ? maximum : input.lifetime * nanosecondsPerMs;
    if (wanted > maximum) throw new Failure(`Tokens may last ${formatDuration(maximum / nanosecondsPerMs)} at most.`);
    const made = await client.call(endpoints.tokens.createToken, {
      params,
      body: {
        lifetime: wanted,
        ...(input.name === undefined ? {} : { token_name: input.name }),
        ...(input.scope.length === 0 ? {} : { scopes: input.scope }),
        ...(input.allow.length === 0 ? {} : { allow_list: input.allow }),
      },
    });
    if (input.output === "json") out.json(made);
    else out.line(made.key);
    out.note(out.noteStyle.dim(`It works for ${formatDuration(wanted / nanosecondsPerMs)} and is shown only now.`));
  },
});
