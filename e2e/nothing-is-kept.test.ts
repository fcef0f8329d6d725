import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { getHeapSnapshot } from "node:v8";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { endpoints } from "@hearth/sdk";
import { Deployment, SimulatedAgent, simulatedEngine } from "@hearth/testkit";

/** How often each thing is done between the two counts, and how many of each kind at once. */
const rounds = 300;
const atOnce = 2;

const manifest = `
workspace: { engine: process }
agents:
  - name: main
    metadata: [{ key: load, display_name: Load, script: uptime, interval: 10, timeout: 5 }]
  - name: restless
`;

const engine = simulatedEngine();
let deployment: Deployment;
let workspaceId = "";
let buildId = "";
let agentId = "";
beforeAll(async () => {
  deployment = await Deployment.create({ engine });
  const template = await deployment.pushTemplate("kept", manifest);
  const created = await deployment.client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "kept" },
  });
  const { id, latest_build: build } = await deployment.settled(created.id);
  workspaceId = id;
  buildId = build.id;
  agentId = build.resources.flatMap(({ agents = [] }) => agents).find(({ name }) => name === "main")?.id ?? "";
});
afterAll(async () => await deployment[Symbol.asyncDispose]());

test("sessions, dials, terminals, streams and requests that have ended leave nothing behind", async () => {
  await Promise.all(works.map((work) => repeat(4 * atOnce, work))); // the first ones fill caches and pools
  await goneAgain();
  const before = await countObjects();

  await Promise.all(works.map((work) => repeat(rounds, work)));
  await goneAgain();

  // What was written to a peer that has left may linger for some seconds.
  await expect.poll(async () => grown(before, await countObjects()), { timeout: 30_000, interval: 3_000 }).toEqual({});
}, 300_000);

/** Each of what may be connected, opened or asked, once, with its end: in order, or by a cut. */
const works: readonly (() => Promise<void>)[] = [
  connectAgent,
  () => converse(`/workspaceagents/${agentId}/dial?port=3000`, "echo"),
  () => converse(`/workspaceagents/${agentId}/dial?port=1&wait=ready`, "SSH-2.0-test\r\n"),
  () => converse(`/workspaceagents/${agentId}/pty?reconnect=${randomUUID()}`, '{"data":"x"}'),
  () => converse(`/workspaceagents/${agentId}/watch-metadata-ws`),
  () => converse(`/workspaceagents/${agentId}/logs?follow`),
  () => converse(`/workspaces/${workspaceId}/watch-ws`),
  () => converse(`/workspacebuilds/${buildId}/logs?follow`),
  () => listen(`/workspaceagents/${agentId}/watch-metadata`),
  () => listen(`/workspaces/${workspaceId}/watch`),
  () => listen("/workspace-events"),
  () => ask(`/workspaces/${workspaceId}`, 200),
  () => ask(`/workspaces/${randomUUID()}`, 404),
  () => ask("/workspaceagents/me/reinit?wait=true", 409, tokenOf("main")),
  () => ask(`/workspaceagents/${agentId}/dial?port=1`, 426),
];

async function repeat(times: number, work: () => Promise<void>): Promise<void> {
  let left = times;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function tokenOf(name: "main" | "restless"): string {
  return engine.agents.get(workspaceId)?.[name === "main" ? 0 : 1]?.token ?? "";
}

let turn = 0;
/** Every other one ends without a word. */
const isCut = () => turn++ % 2 === 0;

async function connectAgent(): Promise<void> {
  const agent = await SimulatedAgent.connect({
    serverUrl: deployment.url,
    token: tokenOf("restless"),
    reconnects: false,
    hasTunnel: true,
    reportsReady: false,
  });
  if (isCut()) agent.cut();
  await agent[Symbol.asyncDispose]();
}

async function converse(path: string, says?: string): Promise<void> {
  const socket = new WebSocket(`${deployment.url.replace("http", "ws")}/api/v2${path}`, {
    headers: { "coder-session-token": deployment.client.token ?? "" },
    perMessageDeflate: false,
  });
  const heard = once(socket, "message");
  await once(socket, "open");
  if (says !== undefined) socket.send(Buffer.from(says));
  await heard;
  const closed = once(socket, "close");
  if (isCut()) socket.terminate();
  else socket.close(1000);
  await closed;
}

/** An event stream that is left after its first words. */
async function listen(path: string): Promise<void> {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const request = get(`${deployment.url}/api/v2${path}`, {
    agent: false,
    headers: { "coder-session-token": deployment.client.token ?? "" },
  });
  request.on("error", () => undefined); // leaving breaks it off
  request.once("close", resolve);
  request.once("response", (answer: IncomingMessage) => {
    expect(answer.statusCode).toBe(200);
    answer.on("error", () => undefined);
    answer.once("data", () => request.destroy());
  });
  await left;
}

async function ask(path: string, status: number, token = deployment.client.token ?? ""): Promise<void> {
  const request = get(`${deployment.url}/api/v2${path}`, { agent: false, headers: { "coder-session-token": token } });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  expect(answer.statusCode).toBe(status);
  answer.resume();
  await once(request, "close");
}

/** Resolves when the server has seen every agent leave but those of the workspace. */
async function goneAgain(): Promise<void> {
  await expect.poll(() => deployment.server.agents.sessions.registry.size, { timeout: 20_000 }).toBe(2);
}

/** The parts of V8's format that count: a flat list of numbers, so many a node, and the texts they point to. */
interface HeapSnapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: string[]; readonly node_types: (string | string[])[] } };
  readonly nodes: number[];
  readonly strings: string[];
}

/** How many objects of each class are held, by its name. What nobody holds is collected before. */
async function countObjects(): Promise<ReadonlyMap<string, number>> {
  const chunks: Buffer[] = [];
  for await (const chunk of getHeapSnapshot() as AsyncIterable<Buffer>) chunks.push(chunk);
  const { snapshot, nodes, strings } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const object = types[fields.indexOf("type")]?.indexOf("object");
  const nameAt = fields.indexOf("name");
  const counts = new Map<string, number>();
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (nodes[at] !== object) continue;
    const name = strings[nodes[at + nameAt] ?? 0] ?? "";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/**
 * Of which classes there is more than before by a part of the rounds, be they ours, Node's or a library's: a thing that
 * one kind of work keeps is kept every time. What comes and goes by itself stays far below.
 */
function grown(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Record<string, number> {
  const more = [...after].map(([name, count]): [string, number] => [name, count - (before.get(name) ?? 0)]);
  return Object.fromEntries(more.filter(([, count]) => count > rounds / 3));
}
