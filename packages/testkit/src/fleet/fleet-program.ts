import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { LocalHome } from "./simulated-engine.ts";

// A process that is nothing but simulated agents. Its parent is told the port; whoever has that says over HTTP which
// agents there are: PUT and DELETE /workspaces/{id}, GET /workspaces, POST /away and /back. It ends with its parent.

interface Agents {
  readonly serverUrl: string;
  readonly tokens: readonly string[];
}

const home = new LocalHome({ reportsStats: true });
const known = new Map<string, Agents>();

/** One request. @returns the answer, as JSON */
async function answer(method: string, path: string, body: string): Promise<unknown> {
  const id = /^\/workspaces\/([^/]+)$/.exec(path)?.[1];
  if (method === "PUT" && id !== undefined) {
    const agents = JSON.parse(body) as Agents; // of SimulatedFleet
    known.set(id, agents);
    await home.begin(id, agents);
  } else if (method === "DELETE" && id !== undefined) {
    known.delete(id);
    await home.end(id);
  } else if (method === "POST" && path === "/away") {
    await home.leave();
  } else if (method === "POST" && path === "/back") {
    await Promise.all([...known].map(([each, agents]) => home.begin(each, agents)));
  } else {
    return [...known.keys()];
  }
  return {};
}

const server = createServer((request, response) => {
  void text(request)
    .then((body) => answer(request.method ?? "", request.url ?? "", body))
    .then(
      (value) => response.end(JSON.stringify(value)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.once("disconnect", () => process.exit());
const address = server.address();
if (address !== null && typeof address === "object") process.send?.(address.port);
