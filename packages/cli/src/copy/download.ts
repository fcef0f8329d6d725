import { createWriteStream } from "node:fs";
import { chmod, mkdir, rename, rm, stat } from "node:fs/promises";
import path, { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { endpoints, type Client } from "@hearth/sdk";
import { Failure } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { localTar } from "./local-tar.ts";
import { counted } from "./progress.ts";
import { findEntry } from "./remote.ts";
import type { Copy } from "./upload.ts";

/** Copies a file or a directory of a workspace here, or a file to our standard output. @throws ApiError, Failure */
export async function download({ agentId, from, to }: Copy, means: Means): Promise<void> {
  const { client, out, terminal, cwd } = means;
  const wanted = from === "" ? "." : from;
  const entry = await findEntry(client, agentId, wanted);
  if (entry === undefined) throw new Failure(`There is no ${wanted} in the workspace.`);
  const isDirectory = entry.type === "directory";
  if (to === "-") {
    if (isDirectory) throw new Failure(`${wanted} is a directory: standard output takes one file.`);
    const body = await bodyOf(client, endpoints.workspaceFiles.readFile, { agentId, path: wanted }, means.signal);
    await pipeline(body, terminal.stdout, { end: false });
    return;
  }
  const target = await targetOf(path.resolve(cwd, to), posix.basename(entry.path), to);
  const counter = counted(out, `Copying ${wanted}`, isDirectory ? undefined : entry.size);
  const shape = isDirectory ? endpoints.workspaceFiles.downloadTar : endpoints.workspaceFiles.readFile;
  const body = await bodyOf(client, shape, { agentId, path: wanted }, means.signal);
  if (isDirectory) {
    await mkdir(target, { recursive: true });
    const tar = localTar("-xf", target);
    const piped = pipeline(body, counter, tar.stdin);
    piped.catch(() => undefined); // heard of below, unless tar says why
    await tar.done;
    await piped;
    return;
  }
  // Whole or not at all: what is there stays until all of the new is.
  const beside = `${target}.hearth-copy`;
  try {
    await pipeline(body, counter, createWriteStream(beside));
    await chmod(beside, Number.parseInt(entry.mode, 8));
    await rename(beside, target);
  } finally {
    await rm(beside, { force: true });
  }
}

async function bodyOf(
  client: Client,
  shape: typeof endpoints.workspaceFiles.downloadTar | typeof endpoints.workspaceFiles.readFile,
  { agentId, path: query }: { readonly agentId: string; readonly path: string },
  signal: AbortSignal,
): Promise<Readable> {
  const response = await client.request(shape, { params: { workspaceagent: agentId }, query: { path: query }, signal });
  if (response.body === null) throw new Failure("The server sent nothing.");
  return Readable.fromWeb(response.body);
}

/** Into a directory that is there, under its own name; else as what it is called. */
async function targetOf(target: string, name: string, given: string): Promise<string> {
  const isDirectory = await stat(target).then(
    (found) => found.isDirectory(),
    () => given.endsWith("/"),
  );
  return isDirectory ? path.join(target, name) : target;
}
