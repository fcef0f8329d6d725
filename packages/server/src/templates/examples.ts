import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { packDirectory, parseManifest } from "@hearth/provisioner";
import type { TemplateExample } from "@hearth/sdk";

/** Starter templates lie in the repository, usable as they are. */
const directory = join(import.meta.dirname, "../../../../templates");

/** The starter templates that come with Hearth, by id. */
export async function listExamples(): Promise<TemplateExample[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const ids = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return await Promise.all(
    ids.map(async (id) => {
      const parsed = parseManifest(await readFile(join(directory, id, "hearth.yaml")));
      if (!parsed.ok) throw new Error(`The starter template "${id}" of this installation is broken.`);
      const { suggested } = parsed.manifest;
      return {
        id,
        url: "",
        name: suggested.name,
        description: suggested.description,
        icon: suggested.icon,
        tags: ["native"],
        markdown: await readFile(join(directory, id, "README.md"), "utf8"),
      };
    }),
  );
}

/** The tar of a starter template, or undefined when there is none of this id. */
export async function readExample(id: string): Promise<Uint8Array | undefined> {
  const known = (await listExamples()).some((example) => example.id === id);
  return known ? await packDirectory(join(directory, id)) : undefined;
}
