import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import path, { posix } from "node:path";
import { Readable, type Transform } from "node:stream";
import { endpoints } from "@hearth/sdk";
import { Failure } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { localTar } from "./local-tar.ts";
import { counted } from "./progress.ts";
import { findEntry } from "./remote.ts";

export interface Copy {
  readonly agentId: string;
  readonly from: string;
  readonly to: string;
}

const permissionBits = 0o777;

/** Copies a file, a directory or our standard input into a workspace. @throws ApiError, Failure */
export async function upload({ agentId, from, to }: Copy, means: Means): Promise<void> {
  const { client, out, terminal, cwd, signal } = means;
  const params = { workspaceagent: agentId };
  if (from === "-") {
    if (to === "" || to.endsWith("/")) throw new Failure("Standard input has no name: say as which file it is to be.");
    const body = bodyOf(terminal.stdin, counted(out, `Copying to ${to}`));
    await client.call(endpoints.workspaceFiles.writeFile, {
      params,
      query: { path: to },
      body,
      contentType: octets,
      signal,
    });
    return;
  }
  const source = path.resolve(cwd, from);
  const local = await stat(source).catch((error: unknown) => {
    throw new Failure(`There is no ${from} here.`, { cause: error });
  });
  const target = await targetOf(path.basename(source), { agentId, to }, means);
  if (local.isDirectory()) {
    const tar = localTar("-cf", source);
    const body = bodyOf(tar.stdout, counted(out, `Copying ${from}`));
    await client.call(endpoints.workspaceFiles.uploadTar, { params, query: { path: target }, body, signal });
    await tar.done;
    return;
  }
  const body = bodyOf(createReadStream(source), counted(out, `Copying ${from}`, local.size));
  const mode = (local.mode & permissionBits).toString(8).padStart(4, "0");
  await client.call(endpoints.workspaceFiles.writeFile, {
    params,
    query: { path: target, mode },
    body,
    contentType: octets,
    signal,
  });
}

const octets = "application/octet-stream";

/** Into a directory that is there, under its own name; else as what it is called. */
async function targetOf(
  name: string,
  { agentId, to }: Pick<Copy, "agentId" | "to">,
  { client }: Means,
): Promise<string> {
  const wanted = to === "" ? "." : to;
  if (wanted.endsWith("/")) return posix.join(wanted, name);
  const entry = await findEntry(client, agentId, wanted);
  return entry?.type === "directory" ? posix.join(wanted, name) : wanted;
}

function bodyOf(source: Readable, counter: Transform): ReadableStream<Uint8Array> {
  source.on("error", (error) => counter.destroy(error));
  return Readable.toWeb(source.pipe(counter)) as ReadableStream<Uint8Array>;
}
