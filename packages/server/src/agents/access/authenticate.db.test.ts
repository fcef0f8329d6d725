import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prebuildsUserId } from "@hearth/sdk";
import { authenticateAgent } from "../index.ts";
import { agent, resource, ServedWorld } from "../../testing/index.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

const notAuthorized = {
  status: 401,
  message: "Workspace agent not authorized.",
  detail: expect.stringMatching(/until .* completed.*invalid/) as string,
};

test.for<[what: string, token: string | undefined, expected: object]>([
  ["no token", undefined, { status: 401, message: 'Cookie "coder_session_token" must be provided.' }],
  [
    "a text",
    "abc",
    {
      status: 401,
      message: "Workspace agent token invalid.",
      detail: "An agent token must be a valid UUIDv4. (len 3)",
    },
  ],
  ["a UUID of nobody", randomUUID(), notAuthorized],
])("%s lets nobody in [agents 1]", async ([, token, expected]) => {
  await expect(authenticateAgent(world.db, token)).rejects.toMatchObject(expected);
});

test("one statement finds the agent and what its rights depend on", async () => {
  const token = randomUUID();
  const workspace = await world.makeWorkspace();
  const build = await world.start(workspace, [agent({ token })]);
  await authenticateAgent(world.db, token); // the key is read once
  world.statements.length = 0;

  const actor = await authenticateAgent(world.db, token.toUpperCase());

  expect(world.sent).toHaveLength(1);
  expect(actor).toEqual({
    kind: "agent",
    agentId: (await world.agentsOf(build)).get("main")?.id,
    workspaceId: workspace.id,
    buildId: build.id,
    ownerId: world.ownerId,
    organizationId: world.organizationId,
    templateId: world.template.id,
    apiKeyScope: "all",
  });
});

test("an agent is let in the moment its job has completed, and not before", async () => {
  const token = randomUUID();
  const workspace = await world.makeWorkspace();
  const build = await world.makeBuild(workspace.id, { jobStatus: "running" });
  await expect(authenticateAgent(world.db, token)).rejects.toMatchObject(notAuthorized);

  await world.complete(workspace, build, { resources: [resource([agent({ token })])] });

  await expect(authenticateAgent(world.db, token)).resolves.toMatchObject({ buildId: build.id });
});

test("an older build's agent is refused, a running stop's keeps its place [agents 3, 4]", async () => {
  const token = randomUUID();
  const workspace = await world.makeWorkspace();
  await world.start(workspace, [agent({ token })]);

  const stop = await world.makeBuild(workspace.id, { transition: "stop", jobStatus: "running" });
  await expect(authenticateAgent(world.db, token)).resolves.toBeDefined();

  await world.complete(workspace, stop, { resources: [], transition: "stop" });
  await expect(authenticateAgent(world.db, token)).rejects.toMatchObject(notAuthorized);
});

test("a deleted workspace's agent is refused [agents 6]", async () => {
  const token = randomUUID();
  const workspace = await world.makeWorkspace();
  await world.start(workspace, [agent({ token })]);

  await world.db.updateTable("workspaces").set({ deleted: true }).where("id", "=", workspace.id).execute();

  await expect(authenticateAgent(world.db, token)).rejects.toMatchObject(notAuthorized);
});

test("a claim never cuts its agent off: before it, while it runs, when it failed, and after it [prebuilds 138]", async () => {
  const token = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId: prebuildsUserId });
  const first = await world.start(workspace, [agent({ token })]);
  const claim = await world.beginClaim(workspace, world.ownerId);

  for (const status of ["pending", "running", "failed"] as const) {
    await world.setJob(claim.jobId, status);
    await expect(authenticateAgent(world.db, token)).resolves.toMatchObject({
      buildId: first.id,
      ownerId: world.ownerId,
    });
  }
  await world.setJob(claim.jobId, "running");
  await world.complete(workspace, claim, {
    resources: [resource([agent({ token: undefined })])],
    claimOfBuildId: first.id,
  });

  await expect(authenticateAgent(world.db, token)).resolves.toMatchObject({ buildId: claim.id });
});

test("the stored hash is no token [agents 125]", async () => {
  const workspace = await world.makeWorkspace();
  const build = await world.start(workspace);
  const hash = (await world.agentsOf(build)).get("main")?.auth_token_hash?.toString("hex") ?? "";
  const asUuid = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-${hash.slice(12, 16)}-${hash.slice(16, 20)}-${hash.slice(20, 32)}`;

  await expect(authenticateAgent(world.db, asUuid)).rejects.toMatchObject(notAuthorized);
});
