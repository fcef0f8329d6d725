import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prebuildsUserId } from "@hearth/sdk";
import { uuidFromBytes } from "@hearth/wire";
import { Lifecycle_State } from "@hearth/wire/agent-proto";
import { agent, type BuildFixture, resource, script, ServedWorld, type WorkspaceFixture } from "../../testing/index.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

/** A ready prebuild with its agent connected. */
async function warm() {
  const token = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId: prebuildsUserId });
  const build = await world.start(workspace, [agent({ token, scripts: [script()] })]);
  const simulated = await world.connect(token);
  const before = (await world.agentsOf(build)).get("main")?.id ?? "";
  world.events.length = 0;
  return { token, workspace, build, before, agent: simulated };
}

async function completeClaim(workspace: WorkspaceFixture, first: BuildFixture, claim: BuildFixture): Promise<string> {
  await world.complete(workspace, claim, {
    resources: [resource([agent({ token: undefined, scripts: [script({ runOnClaim: true })] })])],
    claimOfBuildId: first.id,
  });
  return (await world.agentsOf(claim)).get("main")?.id ?? "";
}

test("a claim keeps the session: the same socket goes on as the new agent, for the new owner [agents 28, prebuilds 126]", async () => {
  const { workspace, build, before, agent: simulated } = await warm();
  await using _agent = simulated;
  const claim = await world.beginClaim(workspace, world.ownerId);
  const after = await completeClaim(workspace, build, claim);
  expect(await world.agentRow(after)).toMatchObject({
    lifecycle_state: "starting",
    session_replica_id: world.replica.id,
  });

  const manifest = await simulated.client?.getManifest({});
  await simulated.report(Lifecycle_State.READY);

  expect(simulated.connections).toBe(1);
  expect(uuidFromBytes(manifest?.agentId ?? new Uint8Array())).toBe(after);
  expect(manifest).toMatchObject({
    ownerUsername: "ada",
    workspaceName: `claimed-${workspace.name}`,
    claimCount: 1,
    lifecycleState: Lifecycle_State.STARTING,
    scripts: [{ runOnClaim: true }],
  });
  expect(await world.agentRow(after)).toMatchObject({ lifecycle_state: "ready" });
  expect(await world.agentRow(before)).toMatchObject({ deleted: true, lifecycle_state: "ready" });
  expect(world.events.filter(({ kind }) => kind === "agt_lifecycle_update")).toEqual([
    { kind: "agt_lifecycle_update", workspace_id: workspace.id, agent_id: after, ownerId: world.ownerId },
  ]);
  expect(world.agents.sessions.identities.find(workspace.id)).toMatchObject({ ownerName: "ada" });
  expect(world.events.filter(({ kind }) => kind === "agt_connection_update")).toEqual([]);
});

test("re-pointing a session asks the database nothing", async () => {
  const { workspace, build, agent: simulated } = await warm();
  await using _agent = simulated;
  const claim = await world.beginClaim(workspace, world.ownerId);
  const after = randomUUID();
  world.statements.length = 0;

  world.pubsub.publish("prebuild_claimed", workspace.id, {
    workspace_id: workspace.id,
    reason: "prebuild_claimed",
    owner_id: world.ownerId,
    agents: [
      {
        from: world.agents.sessions.registry.ofWorkspace(workspace.id)[0]?.agentId ?? "",
        to: after,
        generation: 2,
        replica_id: world.replica.id,
      },
    ],
  });

  expect(world.sent).toEqual([]);
  expect(world.agents.sessions.registry.newest(after)?.generation).toBe(2);
  expect(world.agents.sessions.identities.ownerOf(workspace.id)).toBe(world.ownerId);
  expect(claim.number).toBe(build.number + 1);
});

test("the end of a moved session is written to the new agent", async () => {
  const { workspace, build, agent: simulated } = await warm();
  const after = await completeClaim(workspace, build, await world.beginClaim(workspace, world.ownerId));

  await simulated[Symbol.asyncDispose]();
  await world.heard("agt_connection_update");

  expect(await world.agentRow(after)).toMatchObject({
    session_replica_id: null,
    disconnected_at: expect.any(Date) as Date,
  });
  expect(world.events.filter(({ kind }) => kind === "agt_connection_update")).toMatchObject([
    { agent_id: after, ownerId: world.ownerId },
  ]);
});

test("a session that ended while its claim committed leaves nobody connected", async () => {
  const { workspace, build, agent: simulated } = await warm();
  const claim = await world.beginClaim(workspace, world.ownerId);
  const registry = world.agents.sessions.registry;
  const [session] = registry.ofWorkspace(workspace.id);
  if (session === undefined) throw new Error("no session");
  registry.delete(session); // as if it had gone a moment ago

  const after = await completeClaim(workspace, build, claim);

  await expect.poll(async () => (await world.agentRow(after)).session_replica_id).toBeNull();
  registry.add(session);
  await simulated[Symbol.asyncDispose]();
});

test("a claim whose announcement was lost is found by the next look", async () => {
  const { workspace, build, agent: simulated } = await warm();
  await using _agent = simulated;
  const claim = await world.beginClaim(workspace, world.ownerId);
  const publish = world.pubsub.publish.bind(world.pubsub);
  world.pubsub.publish = () => undefined;
  const after = await completeClaim(workspace, build, claim);
  world.pubsub.publish = publish;
  expect(world.agents.sessions.registry.newest(after)).toBeUndefined();

  world.announce(world.ownerId, workspace.id);
  await world.agents.sessions.settle();

  expect(world.agents.sessions.registry.newest(after)?.generation).toBe(
    (await world.agentRow(after)).session_generation,
  );
  expect(simulated.session?.isOver).toBe(false);
});

test("an agent that comes back while or after its claim reconnects as whom it is now [agents 81, 128]", async () => {
  const { token, workspace, build, agent: simulated } = await warm();
  await simulated[Symbol.asyncDispose]();
  await world.heard("agt_connection_update");
  const claim = await world.beginClaim(workspace, world.ownerId);
  const during = await world.connect(token, { reportsReady: false });
  expect(uuidFromBytes(during.manifest?.ownerId ?? new Uint8Array())).toBe(world.ownerId);
  await during[Symbol.asyncDispose]();
  await world.heard("agt_connection_update", 3);
  const after = await completeClaim(workspace, build, claim);

  await using late = await world.connect(token, { reportsReady: false });

  expect(uuidFromBytes(late.manifest?.agentId ?? new Uint8Array())).toBe(after);
  expect(late.manifest).toMatchObject({ claimCount: 1, lifecycleState: Lifecycle_State.STARTING });
});

test("a failed claim leaves the agent as it was, with its session", async () => {
  const { workspace, before, agent: simulated } = await warm();
  await using _agent = simulated;
  const claim = await world.beginClaim(workspace, world.ownerId);

  await world.setJob(claim.jobId, "failed");
  world.announce(world.ownerId, workspace.id);
  await world.agents.sessions.settle();

  expect(world.agents.sessions.registry.newest(before)?.isOpen).toBe(true);
  expect((await simulated.client?.getManifest({}))?.ownerUsername).toBe("ada");
});
