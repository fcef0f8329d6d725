import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prebuildsUserId, Workspace } from "@hearth/sdk";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { createContext } from "../access/index.ts";
import { contextOfSystem, grantFor } from "../access/testing/index.ts";
import { buildApp } from "../ground/http/index.ts";
import { HeldGrants } from "../ground/live/index.ts";
import { readManifest, toTold, type ToldManifest } from "../agents/index.ts";
import { createIdentity, seal } from "../identity/index.ts";
import { jobLogHandlers } from "../jobs/index.ts";
import { createBuild, createWorkspace, createWorkspaces } from "../workspaces/index.ts";
import {
  agent,
  BuildingWorld,
  buildResult,
  refusalOf,
  resource,
  script,
  type TemplateFixture,
  type User,
} from "../testing/index.ts";
import { claimAtOnce, claimPrebuild } from "./claim.ts";
import { deletePrebuild } from "./delete-prebuild.ts";
import { reconcilePools } from "./reconcile.ts";

const pools = contextOfSystem("prebuilds orchestrator");
const rules = { backoffIntervalMs: 60_000, backoffLookbackMs: 3_600_000, failureHardLimit: 3 };

let scene: BuildingWorld;
const clock = new FakeClock();

beforeEach(async () => {
  scene = await BuildingWorld.create({ clock });
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const manifest = `
parameters: [{ name: greeting, type: string, default: hello, mutable: true }]
presets: [{ name: small, prebuilds: { instances: 1 } }]
workspace: { engine: process }
agents:
  - name: main
    directory: /home/dev/\${workspace.name}
    env: { WHO: "\${owner.name} \${owner.email}", WORD: "\${param.greeting}", HERE: "\${workspace.id}" }
    apps: [{ slug: web, url: "http://localhost:80", healthcheck: { url: "http://localhost:80", interval: 5, threshold: 3 } }]
    metadata: [{ key: load, script: uptime, interval: 60 }]
    scripts: [{ name: first, on: start, run: "true" }]
`;
const claimScript = manifest.replace('run: "true" }', 'run: "true" }, { name: hello, on: claim, run: "true" }');

/** What the engine said of the pool's workspaces. */
const warmAgent = () =>
  agent({
    env: { WHO: "nobody" },
    apps: [
      {
        slug: "web",
        displayName: "web",
        icon: "",
        url: "http://localhost:80",
        command: "",
        external: false,
        subdomain: false,
        share: "owner",
        displayOrder: 0,
        hidden: false,
        openIn: "slim-window",
        tooltip: "",
        displayGroup: "",
        healthcheck: { url: "http://localhost:80", intervalSeconds: 5, threshold: 3 },
      },
    ],
    metadata: [
      { key: "load", displayName: "load", script: "uptime", intervalSeconds: 60, timeoutSeconds: 0, displayOrder: 0 },
    ],
    scripts: [script()],
  });
const sandbox = [{ key: "sandbox", value: "bubblewrap", sensitive: false }];

async function cycle(): Promise<void> {
  const { database, pubsub } = scene;
  const deps = { database, pubsub, clock, log: silentLogger, rules, allowUnsandboxed: false, sealKey: scene.sealKey };
  await reconcilePools(pools, deps);
}

/** A template with a pool of ready workspaces. */
async function warmPool(count: number, given: Parameters<BuildingWorld["createTemplate"]>[0] = {}, dailyCost = 0) {
  const template = await scene.createTemplate({
    manifest,
    parameters: [{ name: "greeting", defaultValue: "hello", deliverableAtClaim: true }],
    presets: [{ name: "small", instances: count }],
    ...given,
  });
  await cycle();
  for (let made = 0; made < count; made++) {
    const resources = [{ ...resource([warmAgent()], "workspace"), metadata: sandbox, dailyCost }];
    const job = await scene.acquire();
    await scene.jobs.commitQuota(job, dailyCost);
    await scene.jobs.complete(job, buildResult(job, { resources, dailyCost }));
    await scene.setLifecycle(job.workspace.id, "ready");
  }
  return template;
}

async function request(template: TemplateFixture, name: string, more: object = {}, user: User = scene.ada) {
  const body = { template_id: template.id, name, template_version_preset_id: template.presets["small"], ...more };
  return (await createWorkspace(user.ctx, scene.deps(claimPrebuild, claimAtOnce), user, body)).workspace;
}

const agentsOf = async (workspaceId: string) =>
  await scene.db
    .selectFrom("workspace_agents")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .orderBy("created_at")
    .execute();

test("[prebuilds 109, 138] the answer names the agent, which is its new owner's", async () => {
  const template = await warmPool(1);
  const [before] = await scene.db.selectFrom("workspace_agents").selectAll().execute();
  await scene.db.updateTable("workspace_apps").set({ health: "healthy" }).execute();
  await scene.db
    .updateTable("workspace_agent_metadata")
    .set({ value: "0.1", collected_at: new Date(5) })
    .execute();
  const heard: object[] = [];
  scene.pubsub.subscribe("prebuild_claimed", "*", {
    onMessage: (message) => heard.push(message),
    onDropped: () => undefined,
  });
  scene.events.length = 0;

  const workspace = await request(template, "mine", { rich_parameter_values: [{ name: "greeting", value: "hi" }] });

  const [resourceNow] = workspace.latest_build.resources;
  const [agentNow] = resourceNow?.agents ?? [];
  expect(workspace).toMatchObject({
    owner_name: "ada",
    name: "mine",
    is_prebuild: false,
    origin: { how: "claimed", ready_ms: 0 },
    health: { healthy: true },
    latest_build: { build_number: 2, status: "running", initiator_id: scene.ada.id, transition: "start" },
  });
  expect(resourceNow).toMatchObject({ type: "process", name: "workspace", metadata: sandbox });
  expect(agentNow).toMatchObject({
    status: "connected",
    lifecycle_state: "ready",
    directory: "/home/dev/mine",
    environment_variables: { WHO: "ada ada@example.com", WORD: "hi", HERE: workspace.id },
    apps: [{ slug: "web", health: "healthy" }],
    scripts: [{ display_name: "first" }],
    log_sources: [{ display_name: "first" }],
  });
  const rows = await agentsOf(workspace.id);
  const old = rows.find(({ deleted }) => deleted);
  const now = rows.find(({ deleted }) => !deleted);
  expect(rows).toHaveLength(2);
  expect(old).toMatchObject({ id: before?.id, session_replica_id: null });
  expect(now).toMatchObject({
    id: agentNow?.id,
    auth_token_hash: before?.auth_token_hash,
    session_replica_id: scene.replicaId,
    session_generation: (before?.session_generation ?? 0) + 1,
    first_connected_at: before?.first_connected_at,
  });
  const metadata = scene.db
    .selectFrom("workspace_agent_metadata")
    .selectAll()
    .where("workspace_agent_id", "=", now?.id ?? "");
  expect(await metadata.execute()).toMatchObject([{ key: "load", value: "0.1", collected_at: new Date(5) }]);
  const moved = { from: before?.id, to: now?.id, generation: now?.session_generation, replica_id: scene.replicaId };
  expect(heard).toEqual([
    { workspace_id: workspace.id, reason: "prebuild_claimed", owner_id: scene.ada.id, agents: [moved] },
  ]);
  expect(new Set(scene.events.map(({ ownerId }) => ownerId))).toEqual(new Set([scene.ada.id, prebuildsUserId]));
});

test("what its agent is told is known with it: what reading says, without another statement", async () => {
  const template = await warmPool(1);
  await scene.db.updateTable("workspace_apps").set({ health: "healthy" }).execute();
  const secretId = randomUUID();
  const now = new Date(clock.now());
  await scene.db
    .insertInto("user_secrets")
    .values({
      id: secretId,
      user_id: scene.ada.id,
      name: "token",
      env_name: "TOKEN",
      value_bytes: 1,
      created_at: now,
      updated_at: now,
    })
    .execute();
  const sealed = seal(scene.sealKey, "x", `value of user secret ${secretId}`);
  await scene.db.insertInto("user_secret_values").values({ user_secret_id: secretId, sealed }).execute();
  const agents = contextOfSystem("agents");
  const told: (ToldManifest | undefined)[] = [];
  scene.pubsub.subscribe("prebuild_claimed", "*", {
    onMessage({ agents: moved = [] }) {
      const facts = scene.claimed.find(moved[0]?.to ?? "");
      told.push(facts && toTold(agents, scene.sealKey, facts));
    },
    onDropped: () => undefined,
  });

  const workspace = await request(template, "mine");

  const id = workspace.latest_build.resources[0]?.agents?.[0]?.id ?? "";
  const granted = grantFor("workspace:read", { id: workspace.id, agentId: id });
  const read = await readManifest(agents, { db: scene.db, sealKey: scene.sealKey }, granted);
  expect(read?.manifest).toMatchObject({
    secrets: [{ envName: "TOKEN" }],
    metadata: [{ key: "load" }],
    apps: [{ slug: "web" }],
  });
  expect(told).toEqual([read]);
  expect(scene.claimed.find(id)).toBeUndefined();
});

test("its job has ended in the moment that made it, and nobody can take it", async () => {
  const template = await warmPool(1);

  const { latest_build: build } = await request(template, "mine");

  expect(build.job).toMatchObject({ status: "succeeded", queue_position: 0, queue_size: 0 });
  expect(build.job.started_at).toBe(build.job.created_at);
  expect(build.job.completed_at).toBe(build.job.created_at);
  expect(build.job).not.toHaveProperty("worker_id");
  expect(build.job).not.toHaveProperty("error");
  expect(build).not.toHaveProperty("matched_provisioners");
  await cycle();
  // The pool's next is the first that there is to take.
  expect(await scene.acquire()).toMatchObject({ stage: "create" });
  const row = scene.db.selectFrom("provisioner_jobs").select("input").where("id", "=", build.job.id);
  expect(await row.executeTakeFirst()).toMatchObject({
    input: { workspace_build_id: build.id, workspace_id: build.workspace_id, owner_id: scene.ada.id },
  });
});

test("its two lines are there, though nothing of them is stored", async () => {
  const template = await warmPool(1);
  const { latest_build: build } = await request(template, "mine");
  const logs = jobLogHandlers<"workspace:read">({ ...scene.deps(), log: silentLogger });
  const lines = async (query: object) => {
    const loaded = { jobId: build.job.id, granted: grantFor("workspace:read", {}) };
    return (await logs.handle({ ctx: scene.ada.ctx, query, loaded })).body.map(
      ({ stage, output }) => `${stage}: ${output}`,
    );
  };

  const [first, second] = ["Starting workspace: ", "Starting workspace: The workspace runs already; it changes hands."];
  expect(await lines({})).toEqual([first, second]);
  expect(await lines({ after: 1 })).toEqual([second]);
  expect(await lines({ before: 2 })).toEqual([first]);
  const stored = scene.db.selectFrom("provisioner_job_logs").select("id").where("job_id", "=", build.job.id);
  expect(await stored.execute()).toEqual([]);
});

test("who has work to do at a claim is starting until it says that this is done", async () => {
  const template = await warmPool(1, { manifest: claimScript });

  const workspace = await request(template, "mine");

  expect(workspace.origin).toEqual({ how: "claimed", ready_ms: null });
  expect(workspace.latest_build.resources[0]?.agents).toMatchObject([
    { status: "connected", lifecycle_state: "starting", scripts: [{ run_on_claim: false }, { run_on_claim: true }] },
  ]);
});

test("[prebuilds 119] it stops and starts when a fresh one would", async () => {
  const hour = 3_600_000;
  const template = await warmPool(1, { settings: { default_ttl: 2 * hour * 1_000_000 } });

  const workspace = await request(template, "mine", { autostart_schedule: "CRON_TZ=UTC 0 8 * * *", ttl_ms: hour });

  expect(workspace).toMatchObject({ ttl_ms: hour, autostart_schedule: "CRON_TZ=UTC 0 8 * * *" });
  expect(new Date(workspace.next_start_at ?? 0).getUTCHours()).toBe(8);
  expect(Date.parse(workspace.latest_build.deadline ?? "") - clock.now()).toBe(hour);
});

test("values keep who chose them, and those that are secret are sealed", async () => {
  const template = await warmPool(1, {
    manifest: manifest.replace(
      "mutable: true }",
      "mutable: true }, { name: pin, type: string, default: x, mutable: true, ephemeral: true }",
    ),
    parameters: [
      { name: "greeting", defaultValue: "hello", deliverableAtClaim: true },
      { name: "pin", defaultValue: "x", ephemeral: true, deliverableAtClaim: true },
    ],
  });

  const { latest_build: build } = await request(template, "mine", {
    rich_parameter_values: [
      { name: "greeting", value: "hi" },
      { name: "pin", value: "1234" },
    ],
  });

  const values = scene.db
    .selectFrom("workspace_build_parameters")
    .selectAll()
    .where("build_id", "=", build.id)
    .orderBy("name");
  expect(await values.execute()).toMatchObject([
    { name: "greeting", value: "hi", given_by: scene.ada.id },
    { name: "pin", value: null, given_by: scene.ada.id },
  ]);
  const sealed = scene.db.selectFrom("workspace_build_secrets").select("build_id").where("build_id", "=", build.id);
  expect(await sealed.execute()).toHaveLength(1);
});

test("[prebuilds 114] it is stopped and started as any other, where it is", async () => {
  const template = await warmPool(1);
  const { id } = await request(template, "mine");

  await createBuild(scene.ada.ctx, scene.deps(), id, { transition: "stop" });

  const job = await scene.work();
  expect(job).toMatchObject({ stage: "none", transition: "stop", workspace: { id } });
  expect(Buffer.from(job.state ?? []).toString()).toContain("build");
});

test("agents of its own and of earlier builds end with the pool's", async () => {
  const template = await warmPool(1);
  const [first] = await scene.db.selectFrom("workspace_agents").selectAll().execute();
  if (first === undefined) throw new Error("the pool has no agent");
  const child = { ...first, id: crypto.randomUUID(), parent_id: first.id, name: "child", environment_variables: "{}" };
  await scene.db
    .insertInto("workspace_agents")
    .values({ ...child, auth_token_hash: Buffer.from("x") })
    .execute();

  const { id } = await request(template, "mine");

  expect((await agentsOf(id)).filter(({ deleted }) => !deleted)).toHaveLength(1);
});

test("a claim is one statement, after one that reads what decides", async () => {
  const template = await warmPool(2);
  await request(template, "first");
  const statements = scene.recordStatements();

  await request(template, "mine");

  expect(statements.map((text) => text.split(/\s+/, 1)[0])).toEqual(["select", "with"]);
});

test("a warm claim over HTTP asks the database three times, log-in included", async () => {
  const template = await warmPool(2);
  const { db, pubsub, log, sealKey } = scene;
  const deps = { db, pubsub, clock, log, sealKey };
  const identity = createIdentity({
    ...deps,
    secureCookies: () => false,
    authenticateAgent: () => Promise.reject(new Error("no agent asks")),
  });
  const accessUrl = () => "http://127.0.0.1";
  const { routes = [] } = createWorkspaces({ ...scene.deps(claimPrebuild, claimAtOnce), accessUrl });
  await using stack = new AsyncDisposableStack();
  const held = stack.use(new HeldGrants({ ...deps, read: identity.readAccessFacts }));
  const app = stack.use(
    buildApp({
      ...deps,
      createContext,
      authenticate: identity.authenticate,
      held,
      routes: [...routes],
      ratePerMinute: 0,
      accessUrl,
      version: "v2.34.0+hearth.test",
      checkAnswers: true,
      isReady: () => true,
    }),
  );
  const { port } = await app.listen("127.0.0.1", 0);
  const create = async (path: string, name: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v2/${path}`, {
      method: "POST",
      headers: { "Coder-Session-Token": scene.ada.key },
      body: JSON.stringify({ template_id: template.id, template_version_preset_id: template.presets["small"], name }),
    });
    return Workspace.parse(await answer.json());
  };
  await create("users/me/workspaces", "first");
  const statements = scene.recordStatements();

  const workspace = await create(`organizations/${scene.organizationId}/members/ada/workspaces`, "mine");

  expect(workspace.latest_build.resources[0]?.agents).toMatchObject([
    { status: "connected", lifecycle_state: "ready" },
  ]);
  expect(statements.map((text) => text.split(/\s+/, 1)[0])).toEqual(["select", "select", "with"]);
});

describe("without a sandbox", () => {
  const directory = '/srv/my "data"/workspaces/1';
  const bare = [{ key: "sandbox", value: "none", sensitive: false }];
  async function barePool(metadata: readonly object[]) {
    const engines = JSON.stringify({ process: { livesOnHost: true, unsandboxed: "no bubblewrap" } });
    await scene.db.updateTable("provisioner_daemons").set({ engines }).execute();
    const template = await warmPool(1);
    await scene.db
      .updateTable("workspace_resources")
      .set({ metadata: JSON.stringify(metadata) })
      .execute();
    return template;
  }

  test("one is an owner's at once, with the paths that its host has", async () => {
    const metadata = [...bare, { key: "directory", value: directory, sensitive: false }];
    const template = await barePool(metadata);

    const { id, latest_build: build } = await request(template, "mine", {}, scene.admin);

    expect(build).toMatchObject({ status: "running", resources: [{ metadata }] });
    expect(build.resources[0]?.agents).toMatchObject([
      { directory: `${directory}/home/mine`, environment_variables: { HERE: id, WORD: "hello" } },
    ]);
  });

  test("one whose engine has not told where it lies is left to a worker", async () => {
    const template = await barePool(bare);

    expect(await request(template, "mine", {}, scene.admin)).toMatchObject({
      latest_build: { build_number: 2, status: "pending" },
    });
  });

  test("nobody else gets one", async () => {
    const template = await barePool([...bare, { key: "directory", value: directory, sensitive: false }]);

    await expect(request(template, "mine")).rejects.toMatchObject({ code: "sandbox_required" });
  });
});

describe("what it does not do is left to a worker", () => {
  test.for<[string, string]>([
    ["an archive that cannot be read any more", ""],
    ["a template that computes with the id", manifest.replace("${workspace.id}", '${{ workspace.id == "" ? 1 : 2 }}')],
    ["what breaks a rule of the template for this owner", manifest.replace("slug: web", "slug: ${workspace.name}_")],
  ])("%s", async ([, broken]) => {
    const template = await warmPool(1, { manifest: broken });

    const workspace = await request(template, "mine");

    expect(workspace).toMatchObject({ origin: { how: "claimed" }, latest_build: { status: "pending" } });
  });

  test("a version whose claims touch something", async () => {
    const template = await warmPool(1);
    await scene.db.updateTable("template_versions").set({ claim_touches_infrastructure: true }).execute();

    expect(await request(template, "mine")).toMatchObject({ latest_build: { build_number: 2, status: "pending" } });
  });
});

test("[prebuilds 110] without a ready workspace a fresh one is built, and the reason is kept", async () => {
  const template = await warmPool(0);

  const workspace = await request(template, "mine");

  expect(workspace).toMatchObject({ origin: { how: "built" }, latest_build: { build_number: 1, status: "pending" } });
  const job = scene.db.selectFrom("provisioner_jobs").select("input").where("id", "=", workspace.latest_build.job.id);
  expect(await job.executeTakeFirst()).toMatchObject({
    input: { claim_miss: 'the pool of preset "small" has no ready workspace' },
  });
});

test("[prebuilds 121] a name that is taken in between is refused, and the pool keeps its workspace", async () => {
  const template = await warmPool(1);
  const two = await Promise.allSettled([request(template, "mine"), request(template, "MINE")]);

  expect(two.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  const refused = two.find((one) => one.status === "rejected");
  expect(refused?.reason).toMatchObject({ code: "workspace_name_taken" });
});

describe("with quotas", () => {
  const allow = async (credits: number) =>
    await scene.db
      .updateTable("groups")
      .set({ quota_allowance: credits })
      .where("id", "=", scene.organizationId)
      .execute();

  test("a claim that does not fit is refused before anything changes hands [prebuilds D11]", async () => {
    const template = await warmPool(1, {}, 5);
    await allow(4);

    expect(await refusalOf(request(template, "dear"))).toMatchObject({ status: 409, code: "insufficient_quota" });
    expect(await owners()).toEqual({ ada: 0, pool: 1 });

    await allow(5);
    expect(await request(template, "dear")).toMatchObject({ latest_build: { daily_cost: 5, status: "running" } });
    expect(await owners()).toEqual({ ada: 1, pool: 0 });
  });

  test("of twelve claims at once as many get one as the budget has room for", async () => {
    const template = await warmPool(12, {}, 2);
    await allow(10);

    const claims = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => request(template, `w${index}`)));

    expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    expect(await owners()).toEqual({ ada: 5, pool: 7 });
  });
});

describe("races", () => {
  test("[prebuilds 116, builds 106] 60 claims at once on a pool of 20 take 20 different workspaces", async () => {
    const template = await warmPool(20);

    const workspaces = await Promise.all(Array.from({ length: 60 }, (_, index) => request(template, `w${index}`)));

    const claimed = workspaces.filter(({ origin }) => origin?.how === "claimed");
    expect(claimed).toHaveLength(20);
    expect(new Set(workspaces.map(({ id }) => id)).size).toBe(60);
    expect((await owners()).pool).toBe(0);
  });

  test("[prebuilds 123, 103] of a claim and a delete of the same workspace exactly one wins", async () => {
    const template = await warmPool(8);
    const pool = await scene.db.selectFrom("workspaces").select("id").execute();

    const [claims, deletes] = await Promise.all([
      Promise.all(pool.map((_, index) => request(template, `w${index}`))),
      Promise.all(pool.map(({ id }) => deletePrebuild(pools, scene.deps(), id))),
    ]);

    const claimed = claims.filter(({ origin }) => origin?.how === "claimed").map(({ id }) => id);
    const deleting = pool.filter((_, index) => deletes[index] === "deleting").map(({ id }) => id);
    expect(claimed.length + deleting.length).toBe(8);
    expect(claimed.filter((id) => deleting.includes(id))).toEqual([]);
  });
});

async function owners(): Promise<Record<"ada" | "pool", number>> {
  const rows = await scene.db.selectFrom("workspaces").select("owner_id").where("deleted", "=", false).execute();
  const of = (owner: string) => rows.filter(({ owner_id }) => owner_id === owner).length;
  return { ada: of(scene.ada.id), pool: of(prebuildsUserId) };
}
