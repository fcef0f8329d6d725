import { z } from "zod";
import { defineCommand } from "#command/define.ts";
import { download } from "#copy/download.ts";
import { parsePlace } from "#copy/place.ts";
import { upload } from "#copy/upload.ts";
import { UsageError } from "#means/failure.ts";
import { reachAgent } from "#ssh/reach-agent.ts";

export const cp = defineCommand({
  summary: "Copy files and directories to and from a workspace",
  description:
    "Copy a file or a directory to a workspace, or from one: one of the two is workspace:path, where a path is absolute, relative to the workspace's directory, or begins with ~. - is our standard input or output. A stopped workspace is started first.",
  args: {
    from: z.string().meta({ description: "what to copy" }),
    to: z.string().meta({ description: "where to; into a directory that is there, else as this name" }),
  },
  examples: [
    { what: "A file there", line: "hearth cp notes.txt dev:" },
    { what: "A directory here", line: "hearth cp dev:project/dist ./dist" },
    { what: "What a program prints", line: "pg_dump shop | hearth cp - dev:shop.sql" },
  ],
  async run(input, means) {
    const [from, to] = [parsePlace(input.from), parsePlace(input.to)];
    if ((from.workspace === undefined) === (to.workspace === undefined)) {
      throw new UsageError("One of the two is in a workspace: hearth cp notes.txt dev:notes.txt");
    }
    const reference = from.workspace ?? to.workspace ?? "";
    const { agent } = await reachAgent({ reference, wait: "no", autostart: true }, means);
    const copy = { agentId: agent.id, from: from.path, to: to.path };
    await (from.workspace === undefined ? upload(copy, means) : download(copy, means));
  },
});
