import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { silentLogger, systemClock } from "@hearth/base";
import { TestFolder } from "@hearth/base/test-folder";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { packDirectory } from "../archive/index.ts";
import type { Availability, Engine, EngineContext, EngineOutcome, EngineRequest } from "../engines/engine.ts";
import { AgentStub } from "../engines/process/agent-stub.ts";
import { ProcessEngine } from "../engines/process/process-engine.ts";
import { settingsPrint } from "../engines/process/state.ts";
import { EngineError } from "../errors.ts";
import { parseManifest, renderClaim, useOfWorkspaceId } from "../manifest/index.ts";
import type { BuildJob, BuildResult, ImportResult, NameValue } from "../protocol.ts";
import { ProvisionerDaemon } from "./daemon.ts";
import { MemoryJobSource, type JobEnd } from "./memory-job-source.ts";
import { NativeRunner } from "./native-runner.ts";
import { archiveOf, buildJob, importJob } from "./test-jobs.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** An engine whose workspaces are entries of a map: the same promises, no infrastructure. */
class MemoryEngine implements Engine {
  readonly name = "docker";
  readonly facts = { claimTouchesInfrastructure: false, livesOnHost: false };
  readonly host = undefined;
  readonly requests: EngineRequest[] = [];
  availability: Availability = { available: true, warnings: [] };
  failure: Error | undefined;

  checkAvailability(): Promise<Availability> {
    return Promise.resolve(this.availability);
  }

  settingWarnings(): readonly string[] {
    return [];
  }

  plan(request: EngineRequest) {
    return [{ action: request.transition, resource: "container" }] as const;
  }

  async apply(request: EngineRequest, context: EngineContext): Promise<EngineOutcome> {
    this.requests.push(request);
    context.log("info", "working");
    if (this.failure) throw this.failure;
    return {
      state: { engine: "docker", container: request.workspace.id },
      agents: request.agents,
      identityOnlyClaim: request.stage === "claim",
      metadata: [{ key: "image", value: request.settings?.image ?? "", sensitive: false }],
      timings: [],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const scratch = new TestFolder();
const dataDir = scratch.path;
const fakeAgent = join(import.meta.dirname, "../engines/process/fixtures/fake-agent.mts");
const processes = new ProcessEngine({
  dataDir,
  agentCommand: { file: process.execPath, args: [fakeAgent] },
  log: silentLogger,
  sandbox: { works: false, reason: "this test wants none" },
});
let docker: MemoryEngine;
let source: MemoryJobSource;
let daemon: ProvisionerDaemon;

beforeEach(() => {
  docker = new MemoryEngine();
  source = new MemoryJobSource();
  daemon = new ProvisionerDaemon({
    source,
    workers: [
      {
        daemonId: "d",
        name: "host-0",
        organizationId: "o",
        tags: {},
        languages: ["native"],
        engines: { process: { livesOnHost: true }, docker: { livesOnHost: false } },
        hostId: "h",
      },
    ],
    languages: [new NativeRunner([processes, docker])],
    clock: systemClock,
    log: silentLogger,
  });
});

afterEach(async () => {
  await daemon[Symbol.asyncDispose]();
});

afterAll(async () => {
  const { signal } = new AbortController();
  for (const id of await processes.held()) await processes.sweepOrphan(id, { isStill: async () => true, signal });
  await scratch[Symbol.asyncDispose]();
});

const dockerManifest = `
variables: [{ name: image, default: debian }]
parameters:
  - { name: size, default: small }
  - { name: must }
workspace:
  engine: docker
  image: \${var.image}
  cpus: \${{ param.size == "large" ? 4 : 1 }}
  cost: 3
  volumes: [{ name: home, path: /home/dev }]
agents:
  - name: main
    env: { WHO: "\${owner.name}", SIZE: "\${param.size}" }
`;
const file = archiveOf({ "hearth.yaml": dockerManifest, "README.md": "# Hello" });
const must: NameValue = { name: "must", value: "x" };

async function completed(end: Promise<JobEnd>): Promise<BuildResult> {
  const { how, ...rest } = await end;
  if (!("result" in rest) || rest.result.type !== "workspace_build") throw new Error(`${how}: ${JSON.stringify(rest)}`);
  return rest.result;
}

async function imported(end: Promise<JobEnd>): Promise<ImportResult> {
  const { how, ...rest } = await end;
  if (!("result" in rest) || rest.result.type !== "template_version_import")
    throw new Error(`${how}: ${JSON.stringify(rest)}`);
  return rest.result;
}

async function failure(
  end: Promise<JobEnd>,
): Promise<{ error: string; errorCode: string; state: Uint8Array | undefined }> {
  const ended = await end;
  if (ended.how !== "failed") throw new Error(`the job ${ended.how}`);
  return ended.failure;
}

const stages = (): string[] => [...new Set(source.logs.map(({ stage }) => stage))];

test("[builds 1] an import tells parameters, presets, resources, readme, and what to call the template", async () => {
  const result = await imported(source.post(importJob({ file, variables: [{ name: "image", value: "alpine" }] })));

  expect(result).toMatchObject({
    engine: "docker",
    readme: "# Hello",
    parameters: [
      { name: "size", deliverableAtClaim: false },
      { name: "must", required: true, deliverableAtClaim: true },
    ],
    variables: [{ name: "image", value: "alpine" }],
    startResources: [{ type: "docker_container", dailyCost: 3 }, { type: "docker_volume" }],
    stopResources: [{ type: "docker_volume" }],
  });
  expect(stages()).toEqual([
    "Parsing template parameters",
    "Detecting persistent resources",
    "Detecting ephemeral resources",
    "Cleaning Up",
  ]);
  expect(result.timings.map(({ stage, resource }) => [stage, resource])).toEqual([
    ["init", "coder_stage_init"],
    ["plan", "coder_stage_plan"],
  ]);
});

test("[builds 3] required variables without a value fail the import with their code, all of them named", async () => {
  const yaml = "variables: [{ name: a }, { name: b }]\nworkspace: { engine: docker }\nagents: [{ name: m }]\n";

  const failed = await failure(source.post(importJob({ file: archiveOf({ "hearth.yaml": yaml }) })));

  expect(failed.errorCode).toBe("REQUIRED_TEMPLATE_VARIABLES");
  expect(failed.error).toContain('"a", "b"');
});

test("all mistakes of a manifest are the import's error, each with its place", async () => {
  const yaml = "workspace: { engine: dockr }\nagents: [{ name: a b, direktory: x }]\n";

  const failed = await failure(source.post(importJob({ file: archiveOf({ "hearth.yaml": yaml }) })));

  expect(failed.error.split("\n")).toEqual([
    expect.stringContaining("hearth.yaml:1:22: workspace.engine:"),
    expect.stringContaining("hearth.yaml:2:18: agents[0].name:"),
    expect.stringContaining("hearth.yaml:2:23: agents[0].direktory:"),
  ]);
  expect(source.logs.filter(({ level }) => level === "error")).toHaveLength(3);
});

test("an engine that is not there, or cannot work, makes the import fail and is named", async () => {
  const kubernetes = dockerManifest.replace("engine: docker", "engine: kubernetes");
  const unknown = await failure(source.post(importJob({ file: archiveOf({ "hearth.yaml": kubernetes }) })));
  docker.availability = { available: false, reason: "the Docker daemon does not answer" };
  const broken = await failure(source.post(importJob({ file })));

  expect(unknown.error).toContain(
    'hearth.yaml:7:11: workspace.engine: The engine "kubernetes" is not part of this provisioner. Allowed: process, docker.',
  );
  expect(broken.error).toContain(
    'The engine "docker" cannot work on this provisioner: the Docker daemon does not answer.',
  );
});

test("a build fills the template in, gives each agent a token, and stores what the engine made", async () => {
  const job = buildJob({ file, parameters: [{ name: "size", value: "large" }, must] });

  const result = await completed(source.post(job));

  const [request] = docker.requests;
  expect(request).toMatchObject({
    settings: { image: "debian", cpus: 4 },
    workspace: job.workspace,
    accessUrl: job.accessUrl,
  });
  const [running] = result.resources;
  expect(running?.agents[0]?.env).toEqual({ WHO: "alice", SIZE: "large" });
  expect(running?.agents[0]?.token).toMatch(/^[0-9a-f-]{36}$/);
  expect(running?.agents[0]?.token).toBe(request?.agents[0]?.token);
  expect(running?.metadata).toEqual([{ key: "image", value: "debian", sensitive: false }]);
  expect(JSON.parse(new TextDecoder().decode(result.state))).toEqual({ engine: "docker", container: job.workspace.id });
  expect(result).toMatchObject({ dailyCost: 3, identityOnlyClaim: false });
  expect(stages()).toEqual(["Setting up", "Planning Infrastructure", "Starting workspace", "Cleaning Up"]);
  expect(result.timings.map(({ stage }) => stage)).toEqual(["init", "plan", "apply"]);
});

test("a claim makes one write, gives no tokens, and carries the new owner", async () => {
  const prebuild = buildJob({ file, parameters: [must], isPrebuild: true, stage: "create" });
  const { state } = await completed(source.post(prebuild));
  source.writes.length = 0;

  const owner = { ...prebuild.owner, name: "bob" };
  const result = await completed(
    source.post({ ...prebuild, id: "claim", stage: "claim", isPrebuild: false, owner, state }),
  );

  expect(source.writes.filter((write) => write !== "acquire" && write !== "quota")).toEqual(["complete"]);
  expect(result.identityOnlyClaim).toBe(true);
  expect(result.resources[0]?.agents[0]).toMatchObject({ token: undefined, env: { WHO: "bob" } });
});

test("a build without a required parameter fails with its code", async () => {
  const failed = await failure(source.post(buildJob({ file })));

  expect(failed).toMatchObject({ errorCode: "MISSING_TEMPLATE_PARAMETER", error: expect.stringContaining('"must"') });
});

test("[builds 25] a stop and a delete go on although the template no longer evaluates", async () => {
  const state = new TextEncoder().encode('{"engine":"docker","container":"c"}');
  const broken = archiveOf({ "hearth.yaml": "nonsense: [" });

  const stopped = await completed(source.post(buildJob({ file: broken, state, transition: "stop" })));
  const deleted = await completed(source.post(buildJob({ file: broken, state, transition: "delete" })));
  const open = await completed(source.post(buildJob({ file, state, transition: "stop" })));

  expect([stopped.resources, deleted.resources]).toEqual([[], []]);
  expect(docker.requests.map(({ transition, settings }) => [transition, settings?.engine])).toEqual([
    ["stop", undefined],
    ["delete", undefined],
    ["stop", "docker"],
  ]);
  expect(open.resources.map(({ type }) => type)).toEqual(["docker_volume"]);
  expect(source.logs.filter(({ level }) => level === "warn").length).toBe(2);
});

test("what an engine built stays with it: another engine's version is refused for a start", async () => {
  const state = new TextEncoder().encode('{"engine":"process"}');

  const failed = await failure(source.post(buildJob({ file, state, parameters: [must] })));

  expect(failed.error).toContain('was built by the engine "process", and this template version asks for "docker"');
  expect(docker.requests).toEqual([]);
});

test("[builds 64] what an engine had made when it failed is stored", async () => {
  docker.failure = new EngineError("no space left", { state: { engine: "docker", half: true } });

  const failed = await failure(source.post(buildJob({ file, parameters: [must] })));

  expect(failed.error).toBe("no space left");
  expect(JSON.parse(new TextDecoder().decode(failed.state))).toEqual({ engine: "docker", half: true });
});

test("[builds 66, 67] a build that exceeds the quota touches nothing", async () => {
  source.quota = () => ({ ok: false, creditsConsumed: 9, budget: 10 });

  const failed = await failure(source.post(buildJob({ file, parameters: [must] })));

  expect(failed).toMatchObject({ errorCode: "INSUFFICIENT_QUOTA", state: undefined });
  expect(docker.requests).toEqual([]);
});

test.for([true, false])(
  "what the control plane renders for a claim is what a worker gives back, sandboxed %s",
  async (sandboxed) => {
    const text = `
parameters: [{ name: word, type: string, default: hello, mutable: true }]
variables: [{ name: site, type: string, default: here }]
workspace: { engine: process, cost: 3, volumes: [{ name: home, path: /home/dev }] }
agents:
  - name: main
    directory: /home/dev/\${workspace.name}
    env: { WHO: "\${owner.name} \${owner.email}", WORD: "\${param.word}", SITE: "\${var.site}", HERE: "\${workspace.id}" }
    apps: [{ slug: web, url: "http://localhost:80", healthcheck: { url: "http://localhost:80", interval: 5, threshold: 3 } }]
    metadata: [{ key: load, script: uptime, interval: 60 }]
    scripts: [{ name: first, on: start, run: "true" }, { name: hello, on: claim, run: echo \${template.version} }]
`;
    const parsed = parseManifest(new TextEncoder().encode(text));
    if (!parsed.ok) throw new Error("the manifest is broken");
    const id = "3f0c3a5e-6f0e-4f3b-9a41-0f1d5a1b2c3d";
    const state = { engine: "process", workspaceId: id, sandboxed, settings: settingsPrint(undefined) };
    const job = buildJob({
      file: archiveOf({ "hearth.yaml": text }),
      stage: "claim",
      workspace: { id, name: "mine" },
      parameters: [{ name: "word", value: "hi" }],
      state: Buffer.from(JSON.stringify(state)),
    });

    const claimed = await completed(source.post(job));

    const rendered = renderClaim(parsed.manifest, job, sandboxed ? undefined : join(dataDir, "workspaces", id));
    expect(rendered.map((kept, index) => ({ ...kept, metadata: claimed.resources[index]?.metadata }))).toEqual(
      claimed.resources,
    );
    expect(useOfWorkspaceId(parsed.manifest)).toBe("as text");
  },
);

test("the starter template lives its whole life on real processes: import, prebuild, claim, stop, start, delete", async () => {
  await using stub = new AgentStub();
  const accessUrl = await stub.listen();
  const archive = await packDirectory(join(import.meta.dirname, "../../../../templates/starter"));
  const starter: BuildJob["file"] = { id: "starter", read: () => Readable.from([archive]) };

  const version = await imported(source.post(importJob({ file: starter })));
  const parameters = version.parameters.map(({ name, defaultValue }) => ({ name, value: defaultValue }));
  const prebuild = buildJob({ file: starter, parameters, accessUrl, isPrebuild: true, stage: "create" });
  const first = await completed(source.post(prebuild));
  const started = await stub.next("started");
  const home = join(dataDir, "workspaces", prebuild.workspace.id, "home");
  expect(version.suggested.name).toBe("starter");
  expect(started.env["CODER_AGENT_TOKEN"]).toBe(first.resources[0]?.agents[0]?.token);

  const claimed = await completed(
    source.post({
      ...prebuild,
      id: "claim",
      stage: "claim",
      isPrebuild: false,
      state: first.state,
      owner: { ...prebuild.owner, fullName: "Bob B." },
      parameters: [...parameters.filter(({ name }) => name !== "project"), { name: "project", value: "rocket" }],
    }),
  );
  expect(claimed.identityOnlyClaim).toBe(true);
  expect(claimed.resources[0]?.agents[0]).toMatchObject({
    token: undefined,
    directory: join(home, "rocket"),
    env: { GIT_AUTHOR_NAME: "Bob B.", MAKEFLAGS: "-j1" },
  });

  const stopped = await completed(
    source.post({ ...prebuild, id: "stop", transition: "stop", stage: "none", state: claimed.state }),
  );
  await stub.next("stopping");
  expect(stopped.resources.map(({ type, name }) => [type, name])).toEqual([["directory", "home"]]);
  expect(await readFile(join(home, "stopped"), "utf8")).toBe("yes");

  const again = await completed(source.post({ ...prebuild, id: "start", stage: "none", state: stopped.state }));
  const restarted = await stub.next("started");
  expect(restarted.env["CODER_AGENT_TOKEN"]).not.toBe(started.env["CODER_AGENT_TOKEN"]);

  await completed(source.post({ ...prebuild, id: "delete", transition: "delete", stage: "none", state: again.state }));
  expect(await readdir(join(dataDir, "workspaces"))).toEqual([]);
});
