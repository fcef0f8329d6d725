import { ApiError, endpoints, type Client, type FileEntry } from "@hearth/sdk";

/** What is at a path of a workspace, symlinks followed; undefined: nothing. */
export async function findEntry(client: Client, agentId: string, path: string): Promise<FileEntry | undefined> {
  try {
    const entry = await statOf(client, agentId, path);
    if (entry.type !== "symlink") return entry;
    // What a symlink leads to is told by a path that goes into it: only a directory has one.
    return await statOf(client, agentId, `${path}/.`).catch(() => ({ ...entry, type: "file", mode: "0644" }) as const);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

async function statOf(client: Client, agentId: string, path: string): Promise<FileEntry> {
  return await client.call(endpoints.workspaceFiles.statFile, {
    params: { workspaceagent: agentId },
    query: { path },
  });
}
