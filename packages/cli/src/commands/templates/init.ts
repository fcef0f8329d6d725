import { cp, mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { Failure, UsageError } from "#means/failure.ts";

export const init = defineCommand({
  summary: "Begin a template with one of the starters",
  args: {
    directory: z.string().optional().meta({ description: "where to write it; without it one of the starter's name" }),
  },
  options: {
    id: z.string().optional().meta({ value: "name", description: "which starter" }),
    yes,
  },
  async run(input, { out, prompt, launcher, cwd }) {
    const starters = await listStarters(launcher.starterTemplates);
    const names = starters.map(({ name }) => name);
    if (input.id !== undefined && !names.includes(input.id))
      throw new UsageError(`--id: there is no starter "${input.id}"; there are ${names.join(", ")}`);
    const id =
      input.id ??
      (await prompt.select({
        message: "Which starter?",
        flag: "--id",
        choices: starters.map(({ name, about }) => ({ value: name, label: name, hint: about })),
        initial: names[0],
      }));
    const target = path.resolve(cwd, input.directory ?? id);
    await mkdir(target, { recursive: true });
    if ((await readdir(target)).length > 0) throw new Failure(`${target} is not empty; name another directory.`);
    await cp(path.join(launcher.starterTemplates, id), target, { recursive: true });
    out.note(`The starter "${id}" is in ${target}.`);
    out.note(out.noteStyle.dim(`Push it with: hearth templates push ${path.relative(cwd, target) || "."}`));
  },
});

interface Starter {
  readonly name: string;
  /** First heading of its README. */
  readonly about: string | undefined;
}

async function listStarters(directory: string): Promise<Starter[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return await Promise.all(
    names.toSorted().map(async (name) => ({ name, about: await headingOf(path.join(directory, name, "README.md")) })),
  );
}

async function headingOf(file: string): Promise<string | undefined> {
  try {
    return /^#\s+(.+)$/m.exec(await readFile(file, "utf8"))?.[1];
  } catch {
    // A starter needs no README to be one.
    return undefined;
  }
}
