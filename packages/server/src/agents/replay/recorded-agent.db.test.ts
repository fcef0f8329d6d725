import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "@hearth/base";
import { TestFolder } from "@hearth/base/test-folder";
import type { AgentDeclaration } from "@hearth/provisioner";
import {
  agentConnectUrl,
  createAgentClient,
  createTailnetClient,
  fromMetadataSpan,
  sessionTokenHeader,
  webSocketStream,
  YamuxSession,
} from "@hearth/wire";
import type {
  BatchCreateLogsRequest,
  BatchUpdateAppHealthRequest,
  Manifest,
  WorkspaceAgentScriptCompletedRequest,
} from "@hearth/wire/agent-proto";
import type { CoordinateRequest } from "@hearth/wire/tailnet-proto";
import { readRecording, setFields, type RecordedCall, type Recording } from "@hearth/wire/recording";
import { agent, ServedWorld } from "../../testing/index.ts";

let world: ServedWorld;
let scratch: TestFolder;
let directory: string;
beforeAll(async () => {
  world = await ServedWorld.create();
  scratch = new TestFolder();
  directory = scratch.path;
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

function recorded(name: string): Promise<Recording> {
  return readRecording(new URL(`../../../../../e2e/reference/agent/${name}.jsonl`, import.meta.url));
}

/** The message of a type that its method fixes. */
function requestOf<T>(call: RecordedCall): T {
  return call.requests[0]?.message as T; // the callers name the type of the call's method
}

function manifestOf(recording: Recording): Manifest {
  const call = recording.calls.find(({ path }) => path.endsWith("/GetManifest"));
  return call?.responses[0]?.message as Manifest; // of that method
}

/** The agent that the recorded template declared, read back from what its agent was told. */
function declarationOf(manifest: Manifest, token: string): AgentDeclaration {
  const sharing = [undefined, "owner", "authenticated", "public", "organization"] as const;
  return agent({
    token,
    name: manifest.agentName,
    directory: manifest.directory,
    env: manifest.environmentVariables,
    motdFile: manifest.motdPath,
    scripts: manifest.scripts.map((script) => ({
      displayName: `script ${script.logPath}`,
      script: script.script,
      cron: script.cron,
      runOnStart: script.runOnStart,
      runOnStop: script.runOnStop,
      runOnClaim: false,
      startBlocksLogin: script.startBlocksLogin,
      timeoutSeconds: Number(script.timeout?.seconds ?? 0n),
      logPath: script.logPath,
      icon: "",
    })),
    apps: manifest.apps.map((app) => ({
      slug: app.slug,
      displayName: app.displayName,
      icon: app.icon,
      url: app.url,
      command: app.command,
      external: app.external,
      subdomain: app.subdomain,
      share: sharing[app.sharingLevel] ?? "owner",
      displayOrder: 0,
      hidden: app.hidden,
      openIn: "slim-window",
      tooltip: "",
      displayGroup: "",
      healthcheck: {
        url: app.healthcheck?.url ?? "",
        intervalSeconds: Number(app.healthcheck?.interval?.seconds ?? 0n),
        threshold: app.healthcheck?.threshold ?? 0,
      },
    })),
    metadata: manifest.metadata.map((item) => ({
      key: item.key,
      displayName: item.displayName,
      script: item.script,
      intervalSeconds: fromMetadataSpan(item.interval),
      timeoutSeconds: fromMetadataSpan(item.timeout),
      displayOrder: 0,
    })),
  });
}

/** Writes down what goes over a socket, in the form of the recordings. */
function recordSocket(socket: WebSocket, stream: Duplex, path: string): { save: (file: string) => Promise<Recording> } {
  const lines: object[] = [{ open: path, status: 101 }];
  const startMs = performance.now();
  const add = (dir: "c2s" | "s2c", data: Buffer) =>
    lines.push({ ms: performance.now() - startMs, dir, op: 2, fin: 1, base64: data.toString("base64") });
  stream.on("data", (data: Buffer) => add("s2c", data));
  const send = socket.send.bind(socket) as (...given: unknown[]) => void; // whatever it was given goes on to it
  socket.send = ((...given: unknown[]) => {
    add("c2s", Buffer.from(given[0] as Uint8Array)); // the stream above sends bytes only
    send(...given);
  }) as typeof socket.send;
  return {
    async save(file) {
      await writeFile(file, lines.map((line) => JSON.stringify(line)).join("\n"));
      return await readRecording(file);
    },
  };
}

/** Says what the recorded agent said, call by call, with our ids in the place of the recorded ones. */
async function replay(recording: Recording, token: string, onCall: (call: RecordedCall) => Promise<void>) {
  const url = agentConnectUrl(world.url);
  url.search = new URL(recording.path, "http://agent").search;
  const socket = new WebSocket(url, { headers: { [sessionTokenHeader]: token }, perMessageDeflate: false });
  const stream = webSocketStream(socket);
  const recorder = recordSocket(socket, stream, recording.path);
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  const session = new YamuxSession(stream, { role: "client", clock: systemClock });
  const client = createAgentClient(session, { clock: systemClock });
  const tailnet = createTailnetClient(session, { clock: systemClock });
  const streams: { end: () => void; ended: Promise<unknown> }[] = [];
  const ids = new IdMap(manifestOf(recording));
  for (const call of recording.calls) {
    await onCall(call);
    if (call.path.endsWith("/StreamDERPMaps")) {
      const maps = tailnet.streamDERPMaps({});
      const messages = maps.messages[Symbol.asyncIterator]();
      await messages.next();
      const silence = messages.next();
      streams.push({ end: () => maps.close(), ended: silence.catch(() => undefined) });
    } else if (call.path.endsWith("/Coordinate")) {
      const coordinate = tailnet.coordinate();
      const [first, ...rest] = call.requests;
      const send = async (message: unknown) => await coordinate.send(message as CoordinateRequest); // of that method
      if (first !== undefined) await send(first.message);
      const ended = coordinate.messages[Symbol.asyncIterator]()
        .next()
        .catch(() => undefined); // the session ended first
      const end = () => void Promise.all(rest.map(({ message }) => send(message)));
      streams.push({ end, ended });
    } else if (call.path.endsWith("/GetManifest")) {
      ids.learn(await client.getManifest({}));
    } else {
      const method = call.method.localName as "updateStats"; // some method of the service; its message fits by the recording
      await client[method](ids.map(call));
    }
  }
  for (const stream of streams) stream.end();
  const wasGoodBye = recording.closes.length > 0;
  if (wasGoodBye) await Promise.all(streams.map(({ ended }) => ended));
  await session.close();
  return { replayed: await recorder.save(join(directory, `${randomUUID()}.jsonl`)), code: await closed };
}

/** Scripts, log sources and apps by their place in the manifest. */
class IdMap {
  readonly #recorded: Manifest;
  readonly #ours = new Map<string, Uint8Array>();

  constructor(recorded: Manifest) {
    this.#recorded = recorded;
  }

  learn(ours: Manifest): void {
    const put = (from: Uint8Array | undefined, to: Uint8Array | undefined) => {
      if (from !== undefined && to !== undefined) this.#ours.set(Buffer.from(from).toString("hex"), to);
    };
    for (const [i, script] of this.#recorded.scripts.entries()) {
      put(script.id, ours.scripts[i]?.id);
      put(script.logSourceId, ours.scripts[i]?.logSourceId);
    }
    for (const [i, app] of this.#recorded.apps.entries()) put(app.id, ours.apps[i]?.id);
  }

  map(call: RecordedCall): object {
    if (call.path.endsWith("/BatchCreateLogs")) {
      const request = requestOf<BatchCreateLogsRequest>(call);
      return { ...request, logSourceId: this.#of(request.logSourceId) };
    }
    if (call.path.endsWith("/ScriptCompleted")) {
      const request = requestOf<WorkspaceAgentScriptCompletedRequest>(call);
      return { timing: { ...request.timing, scriptId: this.#of(request.timing?.scriptId) } };
    }
    if (call.path.endsWith("/BatchUpdateAppHealths")) {
      const request = requestOf<BatchUpdateAppHealthRequest>(call);
      return { updates: request.updates.map((update) => ({ ...update, id: this.#of(update.id) })) };
    }
    return requestOf<object>(call);
  }

  #of(id: Uint8Array | undefined): Uint8Array {
    const ours = this.#ours.get(Buffer.from(id ?? []).toString("hex"));
    if (ours === undefined) throw new Error("the recording names something that its manifest does not have");
    return ours;
  }
}

/** What two sessions are compared by: calls in order, with the fields that each message carries. */
function shapeOf({ calls }: Recording) {
  return calls.map(({ path, requests, responses, endings }) => ({
    path,
    requests: requests.map(({ schema, message }) => setFields(schema, message)),
    // What coordination told of other peers is not ours to tell: nobody connects through a tunnel here.
    responses: path.endsWith("/Coordinate")
      ? []
      : responses.map(({ schema, message }) => setFields(schema, message).filter(isShared)),
    refused: endings.some(({ kind }) => kind === "error" || kind === "reset"),
  }));
}

/** Not the relays and git providers, which we have none of; not what only we say, by numbers from 1000 up. */
function isShared(field: string): boolean {
  const notShared = ["git_auth_configs", "owner_id", "claim_count", "host_key_seed", "lifecycle_state"];
  return !/(derp_map\.|^)(regions|home_params)/.test(field) && !notShared.includes(field);
}

async function running(recording: Recording) {
  const token = randomUUID();
  const workspace = await world.makeWorkspace();
  const build = await world.start(workspace, [declarationOf(manifestOf(recording), token)]);
  const agentRow = (await world.agentsOf(build)).get(manifestOf(recording).agentName);
  if (agentRow === undefined) throw new Error("no agent");
  return { token, workspace, build, agentId: agentRow.id };
}

test("an unmodified agent, from its start to its stop, gets the answers that it got", async () => {
  const recording = await recorded("fresh-start-to-stop");
  const it = await running(recording);

  const { replayed, code } = await replay(recording, it.token, async (call) => {
    const isShuttingDown =
      call.path.endsWith("/UpdateLifecycle") && JSON.stringify(requestOf<object>(call), toText).includes('"state":6');
    if (!isShuttingDown) return;
    await world.makeBuild(it.workspace.id, { transition: "stop", jobStatus: "running" });
    world.announce(world.ownerId, it.workspace.id);
    await world.agents.sessions.settle();
  });

  expect(shapeOf(replayed)).toEqual(shapeOf(recording));
  expect(code).toBe(1000);
  const row = await world.agentRow(it.agentId);
  expect(row).toMatchObject({
    lifecycle_state: "off",
    version: "v2.34.0",
    api_version: "2.10",
    expanded_directory: "/home/dev",
    started_at: expect.any(Date) as Date,
    ready_at: expect.any(Date) as Date,
    logs_length: 42,
  });
  const timings = await world.db
    .selectFrom("workspace_agent_script_timings as t")
    .innerJoin("workspace_agent_scripts as s", "s.id", "t.script_id")
    .select(["t.stage", "t.status"])
    .where("s.workspace_agent_id", "=", it.agentId)
    .orderBy("t.id")
    .execute();
  expect(timings).toEqual([
    { stage: "start", status: "ok" },
    { stage: "start", status: "ok" },
    { stage: "stop", status: "ok" },
  ]);
  const apps = await world.db
    .selectFrom("workspace_apps")
    .select("health")
    .where("agent_id", "=", it.agentId)
    .execute();
  expect(apps).toEqual([{ health: "unhealthy" }]);
});

test("an agent that reconnects after its server was restarted gets the answers that it got", async () => {
  const recording = await recorded("reconnect-after-server-restart");
  const it = await running(recording);

  const { replayed } = await replay(recording, it.token, async () => undefined);

  expect(shapeOf(replayed)).toEqual(shapeOf(recording));
  expect(await world.agentRow(it.agentId)).toMatchObject({ lifecycle_state: "created", version: "v2.34.0" });
});

function toText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
