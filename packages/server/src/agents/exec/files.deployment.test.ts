import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readEvents } from "@hearth/base";
import { endpoints, type ApiError } from "@hearth/sdk";
import { agentFrames, FrameReader } from "@hearth/sdk/commands";
import { codeOf, Deployment } from "@hearth/testkit";

// What the agent answers comes through the server as it is; what the agent does is held by its own tests.

const manifest = `
workspace: { engine: process }
agents: [{ name: main }]
`;

let deployment: Deployment;
let workspaceId = "";
let params: { workspaceagent: string };
beforeAll(async () => {
  deployment = await Deployment.create({ engine: "process" });
  const template = await deployment.pushTemplate("real", manifest);
  const made = await deployment.makeWorkspace(template.id, "dev");
  workspaceId = made.workspaceId;
  params = { workspaceagent: made.agentId };
});
afterAll(async () => await deployment[Symbol.asyncDispose]());

const { commands, workspaceFiles: files } = endpoints;
const octets = "application/octet-stream";

async function bytesOf(response: { body: ReadableStream<Uint8Array> | null }): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}

test("files are written, looked at, read in part, edited, moved, listed and removed", async () => {
  const { client } = deployment;
  const body = new TextEncoder().encode("one two three");

  const written = await client.call(files.writeFile, {
    params,
    query: { path: "notes", mode: "0640" },
    body,
    contentType: octets,
  });
  expect(written).toMatchObject({ name: "notes", type: "file", size: 13, mode: "0640" });
  expect(await client.call(files.statFile, { params, query: { path: "notes" } })).toEqual(written);
  const part = await client.request(files.readFile, {
    params,
    query: { path: "notes" },
    headers: { Range: "bytes=4-6" },
  });
  expect([part.status, part.headers.get("content-range"), (await bytesOf(part)).toString()]).toEqual([
    206,
    "bytes 4-6/13",
    "two",
  ]);
  const edits = [{ search: "two", replace: "2" }];
  expect(await client.call(files.editFile, { params, body: { path: "notes", edits } })).toEqual({ replaced: 1 });
  await client.call(files.makeDirectory, { params, body: { path: "some/where", parents: true } });
  const moved = await client.call(files.moveFile, { params, body: { from: "notes", to: "some/where/else" } });
  expect(moved.name).toBe("else");
  const { entries, truncated } = await client.call(files.listFiles, { params, query: { path: "some/where" } });
  expect([entries.map(({ name }) => name), truncated]).toEqual([["else"], false]);
  expect(
    Buffer.from(await client.call(files.readFile, { params, query: { path: "some/where/else" } })).toString(),
  ).toBe("one 2 three");
  await client.call(files.removeFile, { params, query: { path: "some", recursive: true } });
  expect(await codeOf(client.call(files.statFile, { params, query: { path: "some" } }))).toBe("not_found");
});

test("what the agent refuses keeps its status and its words", async () => {
  const { client } = deployment;
  await client.call(files.makeDirectory, { params, body: { path: "there" } });
  const refusal = async (call: Promise<unknown>) =>
    await call.then(String, ({ status, code, message }: ApiError) => [status, code, message]);

  expect(await refusal(client.call(files.makeDirectory, { params, body: { path: "there" } }))).toEqual([
    409,
    "exists",
    expect.stringContaining("there"),
  ]);
  expect(await refusal(client.request(files.readFile, { params, query: { path: "nope" } }))).toEqual([
    404,
    "not_found",
    expect.stringContaining("nope"),
  ]);
  const beyond = { params, query: { path: "/etc/hostname" }, headers: { Range: "bytes=999999-" } };
  expect((await refusal(client.request(files.readFile, beyond)))[0]).toBe(416);
});

test("50 MB go up and down, no faster than they are read, and a tar as well", async () => {
  const { client } = deployment;
  const piece = randomBytes(100_000);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === 500) return controller.close();
      sent++;
      controller.enqueue(new Uint8Array(piece));
    },
  });
  const entry = await client.call(files.writeFile, { params, query: { path: "large" }, body, contentType: octets });
  expect(entry.size).toBe(50_000_000);

  const before = process.memoryUsage();
  const response = await client.request(files.readFile, { params, query: { path: "large" } });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  // Meanwhile others of the same agent are served, and nothing is gathered for who does not read.
  for (let count = 0; count < 20; count++) await client.call(files.statFile, { params, query: { path: "large" } });
  const after = process.memoryUsage();
  expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(30_000_000);
  await reader.cancel();

  const tar = await client.call(files.downloadTar, { params, query: { path: "large" } });
  const unpacked = await client.call(files.uploadTar, { params, query: { path: "unpacked" }, body: tar });
  expect(unpacked).toEqual({ entries: 1, bytes: 50_000_000 });
});

test("a process is started, listed, heard, told to end and shown as it ended", async () => {
  const { client } = deployment;
  const line = "echo begun; trap 'echo told; exit 7' TERM; while :; do sleep 0.02; done";
  const started = await client.call(commands.startProcess, { params, body: { argv: ["sh", "-c", line] } });
  const at = { ...params, process: started.id };
  const output = await client.request(commands.getProcessOutput, { params: at, query: { follow: true } });
  const frames = new FrameReader();
  const said: [number, string][] = [];
  for await (const piece of output.body as unknown as AsyncIterable<Uint8Array>) {
    for (const { kind, payload } of frames.feed(piece)) {
      said.push([kind, Buffer.from(payload).toString()]);
      if (said.length > 1) continue;
      const { processes } = await client.call(commands.listProcesses, { params });
      expect(processes.map(({ id }) => id)).toContain(started.id);
      await client.call(commands.signalProcess, { params: at, body: { signal: "SIGTERM" } });
    }
  }

  expect(
    said
      .filter(([kind]) => kind === agentFrames.stdout)
      .map(([, text]) => text)
      .join(""),
  ).toBe("begun\ntold\n");
  expect(said.at(-1)).toEqual([agentFrames.exit, '{"exit_code":7,"signal":null}']);
  expect(await client.call(commands.getProcess, { params: at })).toMatchObject({
    exit_code: 7,
    detached: true,
    ended_at: expect.any(String),
  });
});

test("changes of files are told, until the right to hear of them ends", async () => {
  const guest = await deployment.createMember("guest");
  const { id: guestId } = await guest.call(endpoints.users.getUser, { params: { user: "me" } });
  const share = async (role: "use" | "") =>
    await deployment.client.call(endpoints.sharing.updateWorkspaceAcl, {
      params: { workspace: workspaceId },
      body: { user_roles: { [guestId]: role } },
    });
  await share("use");
  await deployment.client.call(files.makeDirectory, { params, body: { path: "watched" } });
  const watching = await guest.request(files.watchFiles, { params, query: { path: "watched" } });
  const follow = { argv: ["sleep", "1000"] };
  const { id: process } = await guest.call(commands.startProcess, { params, body: follow });
  const output = await guest.request(commands.getProcessOutput, {
    params: { ...params, process },
    query: { follow: true },
  });
  const events = readEvents(
    (watching.body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new TextDecoderStream()),
  );
  const body = new TextEncoder().encode("x");
  const first = events.next();
  await deployment.client.call(files.writeFile, { params, query: { path: "watched/new" }, body, contentType: octets });
  let event = (await first).value;
  while (event?.type !== "change") event = (await events.next()).value ?? event;
  expect(JSON.parse(event.data)).toMatchObject({ path: expect.stringContaining("watched/") });

  await share("");

  const rest: string[] = [];
  for await (const { type } of events) rest.push(type);
  expect(rest.at(-1)).toBe("error");
  await expect(bytesOf(output)).rejects.toThrow();
  expect(await codeOf(guest.call(files.statFile, { params, query: { path: "watched" } }))).toBe("not_found");
});
