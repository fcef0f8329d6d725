import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { Failure, UsageError } from "#means/failure.ts";
import { readStarters } from "./starters.ts";

export const init = defineCommand({
  summary: "Begin a template with one of the starters",
  args: {
    directory: z.string().optional().meta({ description: "where to write it; without it one of the starter's name" }),
  },
  options: {
    id: z.string().optional().meta({ value: "name", description: "which starter" }),
    yes,
  },
  async run(input, { out, prompt, cwd }) {
    const starters = await readStarters();
    const names = starters.map(({ name }) => name);
    if (input.id !== undefined && !names.includes(input.id))
      throw new UsageError(`--id: there is no starter "${input.id}"; there are ${names.join(", ")}`);
    const id =
      input.id ??
      (await prompt.select({
        message: "Which starter?",
        flag: "--id",
        choices: starters.map(({ name, files }) => ({ value: name, label: name, hint: headingOf(files["README.md"]) })),
        initial: names[0],
      }));
    const files = starters.find(({ name }) => name === id)?.files ?? {};
    const target = path.resolve(cwd, input.directory ?? id);
    await mkdir(target, { recursive: true });
    if ((await readdir(target)).length > 0) throw new Failure(`${target} is not empty; name another directory.`);
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(target, name)), { recursive: true });
      await writeFile(path.join(target, name), content);
    }
    out.note(`The starter "${id}" is in ${target}.`);
    out.note(out.noteStyle.dim(`Push it with: hearth templates push ${path.relative(cwd, target) || "."}`));
  },
});

/** What a starter says of itself first; it needs no README to be one. */
function headingOf(readme: string | undefined): string | undefined {
  return /^#\s+(.+)$/m.exec(readme ?? "")?.[1];
}
