import { endpoints, type Client } from "@hearth/sdk";

/**
 * Reads again at each event of a workspace that the client's server tells, until what was read will do. The test's own time
 * limit is the end.
 * @throws Error when the stream of events ends, with its server
 */
export async function untilOverEvents<T>(
  client: Client,
  read: () => Promise<T>,
  isDone: (value: T) => boolean,
): Promise<T> {
  const stream = await client.request(endpoints.hearth.watchWorkspaces, {});
  const reader = stream.body?.getReader();
  try {
    for (;;) {
      const value = await read();
      if (isDone(value)) return value;
      if ((await reader?.read())?.done !== false) throw new Error("the stream of events ended");
    }
  } finally {
    await reader?.cancel();
  }
}
