import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endpoints, openCommands, prebuildsUserName, type Client, type Workspace } from "@hearth/sdk";
import { endOfLog, logIn, pushTemplate, TwoServers, untilOverEvents } from "@hearth/testkit";

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

test.for(both)("commands without SSH through %s", async ([, client]) => {
  using connection = await openCommands(client(), agentId);
  const command = connection.start({ shell: "cat; echo $WHO", stdin: true });
  const writer = command.stdin.getWriter();
  void writer.write(new TextEncoder().encode("fed ")).then(() => writer.close());
  let said = "";
  for await (const output of command.output) if (output.from === "stdout") said += Buffer.from(output.bytes).toString();

  expect(said).toBe("fed owner\n");
  expect(await command.exit).toEqual({ exit_code: 0, signal: null });
  const params = { workspaceagent: agentId };
  const told = await client().request(endpoints.commands.exec, { params, body: { shell: "echo $WHO; exit 3" } });
  expect(await told.text()).toMatch(/"text":"owner\\n"[^]*"exit_code":3/);
  const body = new TextEncoder().encode("written");
  const query = { path: "by-either" };
  await client().call(endpoints.workspaceFiles.writeFile, {
    params,
    query,
    body,
    contentType: "application/octet-stream",
  });
  expect(Buffer.from(await client().call(endpoints.workspaceFiles.readFile, { params, query })).toString()).toBe(
    "written",
  );
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

describe("what is done at one ends what is open at the other", () => {
  let adaAtA: Client;
  let ada: Client;
  let adaId = "";
  const sharing = async (role: "use" | "") =>
    await a.call(endpoints.sharing.updateWorkspaceAcl, {
      params: { workspace: workspace.id },
      body: { user_roles: { [adaId]: role } },
    });
  const setRoles = async (roles: string[]) =>
    await a.call(endpoints.users.updateUserRoles, { params: { user: "ada" }, body: { roles } });
  const watch = async (client: Client) => {
    const url = client.urlOf(endpoints.workspaces.watchWorkspace, { params: { workspace: workspace.id } });
    const stream = await fetch(url, { headers: { "coder-session-token": client.token ?? "" } });
    expect(stream.status).toBe(200);
    return stream;
  };
  const dial = async (client: Client) => {
    const { port } = echo.address() as AddressInfo; // it listens on TCP
    const url = client.urlOf(endpoints.hearth.dial, { params: { workspaceagent: agentId }, query: { port } }, "ws");
    const socket = new WebSocket(`${url}&coder_session_token=${client.token}`);
    const closed = once(socket, "close") as Promise<[{ code: number }]>;
    await once(socket, "open");
    return { closed: closed.then(([{ code }]) => code) };
  };

  beforeAll(async () => {
    const account = { username: "ada", email: "ada@example.com", password: "Passw0rd-of-ada" };
    const made = await a.call(endpoints.users.createUser, {
      body: { ...account, login_type: "password", user_status: "active" },
    });
    adaId = made.id;
    adaAtA = await logIn(servers.a.url, account.email, account.password);
    ada = await logIn(servers.b.url, account.email, account.password);
  });

  test("a share that ends: a watcher, a terminal and a dial", async () => {
    await sharing("use");
    const [stream, terminal, dialled] = [await watch(ada), openTerminal(ada), await dial(ada)];
    await terminal.isThere();

    await sharing("");

    expect(await stream.text()).toContain("event: error"); // ends
    expect([await terminal.closed, await dialled.closed]).toEqual([1008, 1008]);
    const again = fetch(ada.urlOf(endpoints.workspaces.watchWorkspace, { params: { workspace: workspace.id } }), {
      headers: { "coder-session-token": ada.token ?? "" },
    });
    expect((await again).status).toBe(404);
  });

  test("a demotion: the same, through the one that relays as well", async () => {
    await setRoles(["owner"]);
    const [stream, here, relayed] = [await watch(ada), openTerminal(ada), openTerminal(adaAtA)];
    await here.isThere();
    await relayed.isThere();

    await setRoles([]);

    expect(await stream.text()).toContain("event: error");
    expect([await here.closed, await relayed.closed]).toEqual([1008, 1008]);
  });

  test("a share that ends while the other hears nothing, once it hears again", async () => {
    await sharing("use");
    const [stream, dialled] = [await watch(ada), await dial(ada)];

    await servers.cutListeners();
    await sharing("");

    expect(await stream.text()).toContain("event: error");
    expect(await dialled.closed).toBe(1008);
  });

  test("a claim: whom the pool's workspace was open to sees nothing of its owner", async () => {
    const { id: template } = await pushTemplate(a, "taken", warm);
    const pools = () => a.call(endpoints.hearth.listPools, { params: { template } });
    await untilOverEvents(a, pools, ([pool]) => pool?.ready === 1 && pool.building === 0);
    const { workspaces } = await a.call(endpoints.workspaces.listWorkspaces, {
      query: { q: `owner:${prebuildsUserName} template:taken` },
    });
    const prebuild = workspaces[0]?.id ?? "";
    await servers.query(
      "update workspaces set user_acl = jsonb_build_object($1::text, jsonb_build_array('use')) where id = $2",
      [adaId, prebuild],
    );
    const url = ada.urlOf(endpoints.workspaces.watchWorkspace, { params: { workspace: prebuild } });
    const stream = await fetch(url, { headers: { "coder-session-token": ada.token ?? "" } });
    expect(stream.status).toBe(200);

    const { id } = await a.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: template, name: "secret-name" },
    });

    expect(id).toBe(prebuild);
    const text = await stream.text();
    expect(text).toContain("event: error");
    expect(text).not.toContain("secret-name");
  });
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
