import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endpoints, prebuildsUserName, type Client, type Workspace } from "@hearth/sdk";
import { endOfLog, pushTemplate, TwoServers, untilOverEvents } from "@hearth/testkit";

// Two processes of the server on one PostgreSQL. One builds, agents are connected to the other, and clients talk to either:
// nobody can tell which is which, until one is killed.

const bare = `
workspace: { engine: process }
agents:
  - name: main
    env: { WHO: "\${owner.name}" }
    scripts:
      - { name: greet, on: claim, run: "true" }
`;
const warm = `
presets: [{ name: small, default: true, prebuilds: { instances: 1 } }]
${bare}`;

let servers: TwoServers;
let a: Client;
let b: Client;
let workspace: Workspace;
let warmTemplate = "";
let agentId = "";
/** Inside as well: workspaces share the host's network. */
const echo = createServer((socket) => socket.pipe(socket));

beforeAll(async () => {
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  servers = await TwoServers.start();
  [a, b] = await Promise.all([servers.a.logIn(), servers.b.logIn()]);
  const { id: template } = await pushTemplate(a, "bare", bare);
  const { id } = await a.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template, name: "dev" },
  });
  workspace = await untilOverEvents(a, () => read(a, id), isWell);
  agentId = agentOf(workspace)?.id ?? "";
});
afterAll(async () => {
  echo.close();
  await servers[Symbol.asyncDispose]();
});

const read = (client: Client, id: string) =>
  client.call(endpoints.workspaces.getWorkspace, { params: { workspace: id } });
const agentOf = ({ latest_build }: Workspace) => latest_build.resources.flatMap(({ agents }) => agents ?? [])[0];
function isWell(it: Workspace): boolean {
  const agent = agentOf(it);
  return agent?.lifecycle_state === "ready" && agent.status === "connected";
}

async function hearth(client: Client, ...words: string[]): Promise<string> {
  const script = join(import.meta.dirname, "../packages/cli/bin/hearth.mjs");
  const env = {
    PATH: process.env["PATH"],
    HOME: servers.a.dataDir,
    HEARTH_URL: client.url,
    HEARTH_SESSION_TOKEN: client.token,
  };
  return (await promisify(execFile)(process.execPath, [script, ...words], { env })).stdout;
}

function openTerminal(client: Client, agent = agentId) {
  const params = { workspaceagent: agent };
  const url = client.urlOf(endpoints.agents.openTerminal, { params, query: { reconnect: randomUUID() } }, "ws");
  return new Terminal(`${url}&coder_session_token=${client.token}`);
}

class Terminal {
  readonly #socket: WebSocket;
  readonly closed: Promise<number>;
  #text = "";
  #bell = Promise.withResolvers<void>();

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.addEventListener("message", ({ data }) => {
      this.#text += Buffer.from(data as ArrayBuffer).toString("utf8");
      this.#bell.resolve();
    });
    this.closed = new Promise((resolve) =>
      this.#socket.addEventListener("close", ({ code }) => {
        resolve(code);
        this.#bell.resolve();
      }),
    );
  }

  async #says(text: string): Promise<void> {
    while (!this.#text.includes(text)) {
      this.#bell = Promise.withResolvers();
      await this.#bell.promise;
      if (this.#socket.readyState === WebSocket.CLOSED) throw new Error(`closed after ${this.#text}`);
    }
  }

  /** A program runs in it, and answers. */
  async isThere(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CONNECTING) await once(this.#socket, "open");
    this.#socket.send(JSON.stringify({ data: "echo $((6*7))\r" }));
    await this.#says("42");
  }

  close(): void {
    this.#socket.close(1000);
  }
}

const both = [
  ["the one that holds the agent", () => b],
  ["the other", () => a],
] as const;

test.for(both)("a terminal through %s", async ([, client]) => {
  const terminal = openTerminal(client());
  await terminal.isThere();
  terminal.close();
  await terminal.closed;
});

test.for(both)("SSH through %s", async ([, client]) => {
  expect(await hearth(client(), "ssh", "dev", "--", "echo $WHO")).toBe("owner\n");
});

test.for(both)("a port and the list of ports through %s", async ([, client]) => {
  const { port } = echo.address() as AddressInfo; // it listens on TCP
  const params = { workspaceagent: agentId };
  const url = client().urlOf(endpoints.hearth.dial, { params, query: { port } }, "ws");
  const socket = new WebSocket(`${url}&coder_session_token=${client().token}`);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => socket.send(Buffer.from("hello")));

  const [message] = (await once(socket, "message")) as [{ data: ArrayBuffer }];
  const { ports } = await client().call(endpoints.agents.listListeningPorts, { params });

  expect(Buffer.from(message.data).toString("utf8")).toBe("hello");
  expect(ports.map((it) => it.port)).toContain(port);
  socket.close();
  await once(socket, "close");
});

test("a job's log is followed through the one that does not run it", async () => {
  const params = { workspacebuild: workspace.latest_build.id };
  const build = await b.call(endpoints.builds.createBuild, {
    params: { workspace: workspace.id },
    body: { transition: "start" },
  });
  const url = b.urlOf(
    endpoints.builds.getBuildLogs,
    { params: { ...params, workspacebuild: build.id }, query: { follow: true } },
    "ws",
  );

  await endOfLog(url, b);

  const done = await b.call(endpoints.builds.getBuild, { params: { workspacebuild: build.id } });
  expect(done.status).toBe("running");
  workspace = await untilOverEvents(a, () => read(a, workspace.id), isWell);
  agentId = agentOf(workspace)?.id ?? "";
});

test("a log-out at one ends the streams at the other", async () => {
  const session = await servers.a.logIn();
  const url = b.urlOf(endpoints.hearth.watchWorkspaces, {});
  const stream = await fetch(url, { headers: { "coder-session-token": session.token ?? "" } });
  expect(stream.status).toBe(200);

  await session.call(endpoints.auth.logout, {});

  await stream.text(); // ends
});

test("a pool is filled once; a claim at one reaches the agent that the other holds", async () => {
  warmTemplate = (await pushTemplate(a, "warm", warm)).id;
  const pools = () => a.call(endpoints.hearth.listPools, { params: { template: warmTemplate } });
  await untilOverEvents(a, pools, ([pool]) => pool?.ready === 1 && pool.building === 0);
  const { workspaces } = await a.call(endpoints.workspaces.listWorkspaces, {
    query: { q: `owner:${prebuildsUserName}` },
  });
  expect(workspaces.filter((it) => it.template_name === "warm")).toHaveLength(1);
  await a.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: true } });

  const { id } = await a.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: warmTemplate, name: "claimed" },
  });
  const claimed = await untilOverEvents(b, () => read(b, id), isWell);

  expect(claimed).toMatchObject({ owner_name: "owner", origin: { how: "claimed" } });
  expect(await hearth(a, "ssh", "claimed", "--", "echo $WHO")).toBe("owner\n");
});

test("the end of the replica that holds an agent ends its terminal with 1011; the agent comes to the other", async () => {
  const terminal = openTerminal(a);
  await terminal.isThere();
  servers.door.turnTo(servers.a.url);

  await servers.b.kill();

  expect(await terminal.closed).toBe(1011);
  await hearth(a, "ssh", "--wait=yes", "dev", "--", "true").catch(() => undefined); // before the agent has come
  await untilOverEvents(a, () => read(a, workspace.id), isWell);
  const again = openTerminal(a);
  await again.isThere();
  again.close();
  await again.closed;
});
