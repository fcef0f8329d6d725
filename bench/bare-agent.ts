import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import { WebSocketServer, type WebSocket } from "ws";

const bundle = join(import.meta.dirname, "../packages/agent/dist/agent.mjs");

/**
 * How long the agent itself takes, bare: from the spawn of its bundle until its first call reaches a server that does
 * nothing else.
 * @returns milliseconds of each run
 */
export async function measureBareAgent(runs: number): Promise<number[]> {
  const server = createServer((_request, response) => response.writeHead(409).end("{}"));
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  await using folder = new TestFolder();
  const home = folder.path;
  const samples: number[] = [];
  try {
    for (let run = 0; run < runs + 2; run++) {
      const startedAt = performance.now();
      const agent = spawn(process.execPath, [bundle], {
        stdio: "ignore",
        cwd: home,
        env: {
          PATH: process.env["PATH"],
          HOME: home,
          CODER_AGENT_URL: `http://127.0.0.1:${address.port}`,
          CODER_AGENT_TOKEN: randomUUID(),
          HEARTH_WORKSPACE_ID: randomUUID(),
        },
      });
      const [socket] = (await once(sockets, "connection")) as [WebSocket]; // what "connection" carries
      await once(socket, "message");
      if (run >= 2) samples.push(performance.now() - startedAt);
      agent.kill("SIGKILL");
      await once(agent, "exit");
    }
  } finally {
    sockets.close();
    server.closeAllConnections();
    server.close();
  }
  return samples;
}
