import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

const manifest = `
name: plain
workspace: { engine: process }
agents: [{ name: main }]
`;

/** An event stream, line by line, and what ends it. */
class Stream {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #buffer = "";

  private constructor(reader: ReadableStreamDefaultReader<string>) {
    this.#reader = reader;
  }

  static async open(url: string, token: string): Promise<Stream> {
    const answer = await fetch(url, { headers: { "coder-session-token": token } });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    if (answer.body === null) throw new Error("no body");
    return new Stream(answer.body.pipeThrough(new TextDecoderStream()).getReader());
  }

  /** The next event as it stands on the wire. */
  async next(): Promise<string> {
    while (!this.#buffer.includes("\n\n")) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`the stream ended: ${this.#buffer}`);
      this.#buffer += value;
    }
    const end = this.#buffer.indexOf("\n\n");
    const event = this.#buffer.slice(0, end);
    this.#buffer = this.#buffer.slice(end + 2);
    return event;
  }

  /** Events until one fits. */
  async until<T>(fits: (data: T) => boolean): Promise<T> {
    for (;;) {
      const [head, body] = (await this.next()).split("\ndata: ");
      if (head !== "event: data" || body === undefined) continue;
      const data = JSON.parse(body) as T; // what the route sends
      if (fits(data)) return data;
    }
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}

interface Shown {
  readonly favorite: boolean;
  readonly latest_build: { readonly status: string; readonly build_number: number };
}

test("a workspace is watched: a ping, the value, a value for each change, and nobody else may", async () => {
  await using deployment = await Deployment.create();
  const { client, url } = deployment;
  const template = await deployment.pushTemplate("plain", manifest);
  const { session_token } = await client.call(endpoints.auth.login, {
    body: { email: "admin@example.com", password: "Passw0rd-of-admin" },
  });
  const everything = await Stream.open(`${url}/api/v2/workspace-events`, session_token);
  expect(await everything.next()).toBe("event: ping");

  const created = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "dev" },
  });
  expect(await everything.until<{ workspace_id: string }>(() => true)).toEqual({
    kind: "state_change",
    workspace_id: created.id,
  });
  await deployment.settled(created.id);
  await client.call(endpoints.workspaces.favoriteWorkspace, { params: { workspace: created.id } });

  const stream = await Stream.open(`${url}/api/v2/workspaces/${created.id}/watch`, session_token);
  expect(await stream.next()).toBe("event: ping");
  const first = await stream.until<Shown>(() => true);
  expect(first).toMatchObject({ favorite: true, latest_build: { status: "running" } });

  const socket = new WebSocket(`${url.replace("http", "ws")}/api/v2/workspaces/${created.id}/watch-ws`, {
    headers: { "coder-session-token": session_token },
  });
  const frames: string[] = [];
  const stopped = Promise.withResolvers<void>();
  socket.on("message", (data: Buffer) => {
    const text = data.toString();
    frames.push(text);
    if (text.includes('"status":"stopped"')) stopped.resolve();
  });
  await new Promise((resolve) => socket.once("message", resolve));
  await client.call(endpoints.builds.createBuild, { params: { workspace: created.id }, body: { transition: "stop" } });
  expect(await stream.until<Shown>(({ latest_build }) => latest_build.status === "stopped")).toMatchObject({
    latest_build: { build_number: 2 },
  });
  await stopped.promise;
  expect(frames[0]).toBe('{"type":"ping","data":null}');
  expect(frames.slice(1).every((frame) => frame.startsWith('{"type":"data","data":{"id":"'))).toBe(true);

  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.send("anything");
  await closed;
  await stream.close();
  await everything.close();
  const bob = await deployment.createMember("bob");
  await expect(
    bob.call(endpoints.workspaces.getWorkspace, { params: { workspace: created.id } }),
  ).rejects.toMatchObject({ status: 404 });
});

test("whom a workspace is shared with, or whose group, hears of it in an open feed, until that ends", async () => {
  await using deployment = await Deployment.create();
  const { client, url } = deployment;
  const template = await deployment.pushTemplate("plain", manifest);
  const [bob, carol, dan] = [
    await deployment.createMember("bob"),
    await deployment.createMember("carol"),
    await deployment.createMember("dan"),
  ];
  const idOf = async (user: string) => (await client.call(endpoints.users.getUser, { params: { user } })).id;
  const [bobId, carolId] = [await idOf("bob"), await idOf("carol")];
  const params = { organization: template.organization_id };
  const crew = await client.call(endpoints.groups.createGroup, { params, body: { name: "crew" } });
  const group = { params: { group: crew.id } };
  await client.call(endpoints.groups.updateGroup, { ...group, body: { add_users: [carolId] } });
  const feeds = await Promise.all(
    [bob, carol, dan].map(({ token }) => Stream.open(`${url}/api/v2/workspace-events`, token ?? "")),
  );
  const kinds = async (feed: Stream | undefined) =>
    await feed?.until<{ kind: string; workspace_id: string }>(() => true);
  const { id } = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "dev" },
  });
  await deployment.settled(id);
  const share = async (user_roles: Record<string, "use" | "">, group_roles: Record<string, "use" | "">) =>
    await client.call(endpoints.sharing.updateWorkspaceAcl, {
      params: { workspace: id },
      body: { user_roles, group_roles },
    });

  await share({ [bobId]: "use" }, { [crew.id]: "use" });
  const shared = { kind: "state_change", workspace_id: id };
  expect(await Promise.all(feeds.slice(0, 2).map(kinds))).toEqual([shared, shared]);

  await share({ [bobId]: "" }, {});
  await client.call(endpoints.groups.updateGroup, { ...group, body: { remove_users: [carolId] } });
  expect(await kinds(feeds[0])).toEqual({ kind: "resync", workspace_id: "00000000-0000-0000-0000-000000000000" });
  // Hers was still shared when bob's ended.
  await feeds[1]?.until<{ kind: string }>(({ kind }) => kind === "resync");
  await client.call(endpoints.builds.createBuild, { params: { workspace: id }, body: { transition: "stop" } });
  await deployment.settled(id);

  // The next that anybody hears is of one of their own.
  for (const [index, member] of [bob, carol, dan].entries()) {
    const own = await member.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: template.id, name: "own" },
    });
    expect(await kinds(feeds[index])).toEqual({ kind: "state_change", workspace_id: own.id });
  }
  await Promise.all(feeds.map((feed) => feed.close()));
});
