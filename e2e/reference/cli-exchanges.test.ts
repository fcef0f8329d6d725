import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packFiles } from "@hearth/provisioner";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { Correspondence } from "./correspondence.ts";
import { lacks } from "./compare.ts";
import { ask, faultsOf, routeOf, type Answer, type Exchange } from "./exchange.ts";
import { HeldEngine } from "./held-engine.ts";
import { hasCome, progressOf } from "./progress.ts";
import { referenceTemplate } from "./reference-template.ts";

// What a command-line client of the reference asked, command by command, in one deployment's life: each recording goes on
// where the one before it ended.

interface CliExchange extends Exchange {
  /** Of a log that is followed: one of its messages, and how it was closed. */
  readonly message?: unknown;
  readonly close?: { readonly code: number; readonly reason: string };
  /** Of an event stream: how it began. */
  readonly stream?: readonly string[];
}

interface Recording {
  readonly name: string;
  readonly command: string;
  readonly exchanges: readonly CliExchange[];
}

const dryRuns = "a later feature: trying a version without making a workspace";
const forms = "a later feature: forms whose fields depend on each other";
const containers = "a later feature: containers inside a workspace";
const tunnels = "a later feature: the tunnel of unmodified clients; ours goes through dial";
const notifications = "a later feature: notifications";
const ownerIsThere = "on purpose: the owner is made before the port is open, so no client makes the first user";

/** What is not replayed, and why. Whoever builds one of these takes it off the list: what is right must not stay on it. */
const leftOut: Readonly<Record<string, string>> = {
  "POST /api/v2/templateversions/{id}/dynamic-parameters/evaluate": forms,
  "POST /api/v2/templateversions/{id}/dry-run": dryRuns,
  "GET /api/v2/templateversions/{id}/dry-run/{id}": dryRuns,
  "GET /api/v2/templateversions/{id}/dry-run/{id}/matched-provisioners": dryRuns,
  "GET /api/v2/templateversions/{id}/dry-run/{id}/logs": dryRuns,
  "GET /api/v2/templateversions/{id}/dry-run/{id}/resources": dryRuns,
  "GET /api/v2/workspaceagents/{id}/containers": containers,
  "GET /api/v2/workspaceagents/{id}/coordinate": tunnels,
  "GET /derp": tunnels,
  "GET /derp/latency-check": tunnels,
  "PUT /api/v2/notifications/settings": notifications,
  "GET /api/v2/users/first": ownerIsThere,
  "POST /api/v2/users/first": ownerIsThere,
};

/** Fields that answers come without, and why. */
const withoutFields: Readonly<Record<string, string>> = {
  "GET /api/v2/workspaceagents/{id}: latency": tunnels,
  "GET /api/v2/workspaceagents/{id}/connection: derp_map.Regions.999": tunnels,
  "GET /api/v2/workspaceagents/connection: derp_map.Regions.999": tunnels,
};
/** Those that were missed. */
const missed = new Set<string>();

const folder = new URL("cli/", import.meta.url);
const recordings = readdirSync(folder)
  .sort()
  .map((file): Recording => {
    const recording = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Omit<Recording, "name">; // our own
    return { name: file.replace(".json", ""), ...recording };
  });

const engine = new HeldEngine();
const ids = new Correspondence();
/** What `templates push` uploads, first and then. */
const manifests = [referenceTemplate, `${referenceTemplate}\n# the second\n`];
let deployment: Deployment;
let token = "";

beforeAll(async () => {
  // The owner that the first recording makes.
  deployment = await Deployment.create({ engine, env: { HEARTH_FIRST_USER_PASSWORD: "Passw0rd-of-fixture" } });
  await deployment.client.call(endpoints.users.updateUserProfile, {
    params: { user: "me" },
    body: { username: "admin", name: "Ada Admin" },
  });
});
afterAll(async () => {
  await deployment[Symbol.asyncDispose]();
});

test.for(recordings)("$name: $command", async ({ exchanges }) => {
  const faults: string[] = [];
  const logs: Promise<string[]>[] = [];
  for (const [index, exchange] of exchanges.entries()) {
    const route = routeOf(exchange);
    const tell = (found: readonly string[]) => found.map((fault) => `${index} ${route}: ${fault}`);
    if (route in leftOut) {
      const found = faultsOf(exchange, await replay(exchange));
      if (found.length === 0) faults.push(...tell(["answered right by now: take it off the list"]));
    } else if (exchange.message !== undefined) {
      logs.push(replayLog(exchange).then(tell));
    } else {
      faults.push(...tell(exchange.stream === undefined ? await replayed(exchange) : await replayStream(exchange)));
    }
  }
  // What a command waited for at its end.
  engine.release();
  faults.push(...(await Promise.all(logs)).flat());

  expect(faults).toEqual([]);
});

async function replayed(exchange: CliExchange): Promise<string[]> {
  const strangers = ids.unknownIn(exchange.path);
  if (strangers.length > 0) return strangers.map((id) => `no answer has brought ${id}`);
  const progress = progressOf(exchange.response);
  if (exchange.method !== "GET") engine.hold();
  if (progress.jobs.has("ended")) engine.release();
  const once = () => {
    if (progress.agents.has("ready")) engine.letAgentsConnect();
    return replay(exchange);
  };
  const answer =
    exchange.method === "GET"
      ? await deployment.until(exchange.path, once, ({ body }) => hasCome(progress, progressOf(body)))
      : await once();
  const { session_token } = answer.body as { session_token?: string };
  token = session_token ?? token;
  const { response } = exchange;
  if (isBytes(response)) {
    // The archive is a tar: what is in it stands there as it is.
    const isSame = String(answer.body).includes(referenceTemplate);
    return [...faultsOf({ ...exchange, response: "" }, answer), ...(isSame ? [] : ["not what was uploaded"])];
  }
  return [...faultsOf(exchange, answer), ...ids.learn(response, answer.body)].filter(
    (fault) => !isExpected(exchange, fault),
  );
}

function isExpected(exchange: CliExchange, fault: string): boolean {
  // The recorded job still waited when it was asked for; nothing here keeps a worker from it.
  const isWaiting = exchange.method === "GET" && progressOf(exchange.response).jobs.has("waiting");
  if (isWaiting && /^(matched_provisioners|job\.status): /.test(fault)) return true;
  const field = `${routeOf(exchange)}: ${fault.replace(/: missing$/, "")}`;
  missed.add(field);
  return field in withoutFields;
}

/** What stands in the recording for bytes. */
function isBytes(value: unknown): boolean {
  return typeof value === "object" && value !== null && "binary_bytes" in value;
}

async function replay(exchange: CliExchange): Promise<Answer> {
  const { method, path, request } = exchange;
  const url = new URL(ids.translate(path), deployment.url);
  const headers = token === "" ? {} : { "coder-session-token": token };
  if (isBytes(request)) {
    const archive = await packFiles(new Map([["hearth.yaml", new TextEncoder().encode(manifests.shift())]]));
    return await ask(url, { method }, { ...headers, "content-type": "application/x-tar" }, new Uint8Array(archive));
  }
  const translated: unknown = request === undefined ? undefined : JSON.parse(ids.translate(JSON.stringify(request)));
  return await ask(url, { method, request: translated }, headers);
}

/** A job's log to its end. */
async function replayLog({ path, message, close }: CliExchange): Promise<string[]> {
  const socket = new WebSocket(new URL(`${ids.translate(path)}&coder_session_token=${token}`, deployment.url));
  const given: unknown[] = [];
  const ended = Promise.withResolvers<CloseEvent>();
  socket.addEventListener("message", ({ data }) => given.push(JSON.parse(String(data))));
  socket.addEventListener("close", ended.resolve);
  const { code, reason } = await ended.promise;
  return [
    ...(code === close?.code && reason === close.reason ? [] : [`closed with ${code} ${reason}`]),
    ...(given.length === 0 ? ["no message"] : new Set(given.flatMap((one) => lacks(message, one)))),
  ];
}

/** An event stream as far as it was recorded. */
async function replayStream({ path, status, stream = [] }: CliExchange): Promise<string[]> {
  const leave = new AbortController();
  const answer = await fetch(new URL(ids.translate(path), deployment.url), {
    headers: { "coder-session-token": token },
    signal: leave.signal,
  });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const beginning = stream.join("");
  let text = "";
  while (reader !== undefined && text.length < beginning.length) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  leave.abort();
  return [
    ...(answer.status === status ? [] : [`status ${answer.status}, expected ${status}`]),
    ...(text.startsWith(beginning) ? [] : [`${JSON.stringify(text)}, expected ${JSON.stringify(beginning)}`]),
  ];
}

test("nothing is left out that was not recorded, and nothing that ours have", () => {
  const recorded = new Set(recordings.flatMap(({ exchanges }) => exchanges.map(routeOf)));

  expect(Object.keys(leftOut).filter((route) => !recorded.has(route))).toEqual([]);
  expect(Object.keys(withoutFields).filter((field) => !missed.has(field))).toEqual([]);
});
