import { readdir } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "@hearth/base";
import { endpoints, type Client, type Template, type TemplateVersion } from "@hearth/sdk";
import { z } from "zod";
import { organization, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { Failure, UsageError } from "#means/failure.ts";
import { resolveTemplate, resolveVersion } from "./resolve-template.ts";

export const pull = defineCommand({
  summary: "Fetch the files of a template",
  args: {
    template: z.string(),
    destination: z
      .string()
      .optional()
      .meta({ description: "directory to write to; without it one of the template's name" }),
  },
  options: {
    version: z.string().optional().meta({ value: "name", description: "another version than the active one" }),
    tar: z.boolean().default(false).meta({ description: "write a tar to standard output" }),
    zip: z.boolean().default(false).meta({ description: "write a zip to standard output" }),
    organization,
    yes,
  },
  async run(input, { client, out, prompt, cwd }) {
    if (input.tar && input.zip) throw new UsageError("--tar and --zip exclude each other");
    const template = await resolveTemplate(client, input.template, input.organization);
    const version = await chooseVersion(client, template, input.version);
    const archive = await client.call(endpoints.files.downloadFile, {
      params: { fileID: version.job.file_id },
      ...(input.zip ? { query: { format: "zip" } } : {}),
    });
    if (input.tar || input.zip) {
      await out.bytes(archive);
      return 0;
    }
    const directory = path.resolve(cwd, input.destination ?? template.name);
    if (
      !(await isEmpty(directory)) &&
      !(await prompt.confirm({ message: `${directory} is not empty. Write into it?`, initial: false }))
    )
      return 1;
    const count = await unpack(archive, directory);
    out.note(
      `Version "${version.name}" of template "${template.name}": ${count} ${count === 1 ? "file" : "files"} in ${directory}.`,
    );
    return 0;
  },
});

async function chooseVersion(client: Client, template: Template, wanted: string | undefined): Promise<TemplateVersion> {
  if (wanted !== undefined && wanted !== "active") return await resolveVersion(client, template, wanted);
  return await client.call(endpoints.templateVersions.getTemplateVersion, {
    params: { templateversion: template.active_version_id },
  });
}

async function isEmpty(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return true;
    throw new Failure(`${directory} cannot be written to.`, {
      cause: error,
      details: [messageOf(error)],
    });
  }
}

/** Writes the files and links of an archive; one that leads out of the directory is refused whole. */
async function unpack(archive: Uint8Array, directory: string): Promise<number> {
  const { ArchiveError, unpackInto } = await import("@hearth/provisioner/archive");
  try {
    return await unpackInto(directory, archive);
  } catch (error) {
    if (error instanceof ArchiveError) throw new Failure(error.message, { cause: error });
    throw error;
  }
}
