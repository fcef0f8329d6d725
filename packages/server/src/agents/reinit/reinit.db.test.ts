import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import { prebuildsUserId } from "@hearth/sdk";
import { agent, type BuildFixture, resource, ServedWorld, type WorkspaceFixture } from "../../testing/index.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

async function prebuild(there = world) {
  const token = randomUUID();
  const workspace = await there.makeWorkspace({ ownerId: prebuildsUserId });
  const build = await there.start(workspace, [agent({ token })]);
  return { token, workspace, build };
}

/** What the endpoint answers; `text` resolves when the stream has ended. */
async function ask(token: string, query = "?wait=true", { url } = world) {
  const response = await fetch(`${url}/api/v2/workspaceagents/me/reinit${query}`, {
    headers: { "coder-session-token": token },
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: response.text(),
    body: response.body,
  };
}

async function completeClaim(
  workspace: WorkspaceFixture,
  first: BuildFixture,
  claim: BuildFixture,
  there = world,
): Promise<void> {
  const resources = [resource([agent({ token: undefined })])];
  await there.complete(workspace, claim, { resources, claimOfBuildId: first.id });
}

function dataOf(text: string): unknown {
  expect(text.match(/event: data/g)).toHaveLength(1);
  return JSON.parse(/event: data\ndata: (.*)\n\n/.exec(text)?.[1] ?? "null");
}

const eventOf = (workspace: WorkspaceFixture) => ({
  WorkspaceID: workspace.id,
  workspace_id: workspace.id,
  reason: "prebuild_claimed",
  owner_id: world.ownerId,
});

test("an agent of an unclaimed prebuild waits, and hears of the claim once [agents 80, prebuilds 126]", async () => {
  const { token, workspace, build } = await prebuild();
  const asked = await ask(token);
  expect(asked).toMatchObject({ status: 200, type: "text/event-stream" });

  const claim = await world.beginClaim(workspace, world.ownerId);
  await completeClaim(workspace, build, claim);

  expect(dataOf(await asked.text)).toEqual(eventOf(workspace));
});

test("one that asks while the claim runs waits for its end [prebuilds 128]", async () => {
  const { token, workspace, build } = await prebuild();
  const claim = await world.beginClaim(workspace, world.ownerId);
  await world.setJob(claim.jobId, "running");
  const asked = await ask(token);

  await completeClaim(workspace, build, claim);

  expect(dataOf(await asked.text)).toEqual(eventOf(workspace));
});

test("one that asks after the claim is told at once [agents 81, prebuilds 127]", async () => {
  const { token, workspace, build } = await prebuild();
  await completeClaim(workspace, build, await world.beginClaim(workspace, world.ownerId));

  const asked = await ask(token);

  expect(dataOf(await asked.text)).toEqual(eventOf(workspace));
});

test("an ordinary workspace's agent is refused for good [agents 79, prebuilds 130]", async () => {
  const token = randomUUID();
  await world.start(await world.makeWorkspace(), [agent({ token })]);

  const asked = await ask(token);

  expect(asked.status).toBe(409);
  expect(JSON.parse(await asked.text)).toMatchObject({
    message: "Workspace is not a prebuilt workspace waiting to be claimed.",
    detail: "This endpoint is only for agents running in prebuilt workspaces.",
  });
});

test("without `wait` nobody is refused, and what was before is not told, lost messages or not [prebuilds 130]", async () => {
  const { token, workspace, build } = await prebuild();
  await completeClaim(workspace, build, await world.beginClaim(workspace, world.ownerId));

  const asked = await ask(token, "");

  expect(asked.status).toBe(200);
  asked.text.catch(() => undefined);
  world.pubsub.drop();
  const outcome = await Promise.race([asked.text, world.clock.sleep(0).then(() => "still waiting")]);
  expect(outcome).toBe("still waiting");
});

test("without `wait` a claim is heard of when it comes", async () => {
  const { token, workspace, build } = await prebuild();
  const asked = await ask(token, "");

  await completeClaim(workspace, build, await world.beginClaim(workspace, world.ownerId));

  expect(dataOf(await asked.text)).toEqual(eventOf(workspace));
});

test("a claimed workspace with later builds is settled: 409 [agents 82, prebuilds 131]", async () => {
  const { token, workspace, build } = await prebuild();
  await completeClaim(workspace, build, await world.beginClaim(workspace, world.ownerId));
  const later = await world.makeBuild(workspace.id, { jobStatus: "running" });
  await world.complete(workspace, later, { resources: [resource([agent({ token })])] });

  expect((await ask(token)).status).toBe(409);
});

test("a claim that fails is told to whoever waits, and refused to whoever asks later [agents 84, prebuilds 129]", async () => {
  const { token, workspace } = await prebuild();
  const asked = await ask(token);
  const claim = await world.beginClaim(workspace, world.ownerId);

  await world.setJob(claim.jobId, "failed");
  world.pubsub.publish("prebuild_claimed", workspace.id, { workspace_id: workspace.id, reason: "claim_failed" });

  const text = await asked.text;
  expect(text).toContain("event: error");
  expect(JSON.parse(/data: (.*)\n/.exec(text)?.[1] ?? "")).toMatchObject({ code: "conflict" });
  expect((await ask(token)).status).toBe(409);
});

test("a claim between listening and looking is heard exactly once [agents 83, prebuilds 132]", async () => {
  await using there = await ServedWorld.create();
  const { token, workspace, build } = await prebuild(there);
  const claim = await there.beginClaim(workspace, there.ownerId);
  const subscribe = there.pubsub.subscribe.bind(there.pubsub);
  let claiming: Promise<void> | undefined;
  there.pubsub.subscribe = (channel, key, subscriber) => {
    const subscription = subscribe(channel, key, subscriber);
    if (channel === "prebuild_claimed") claiming ??= completeClaim(workspace, build, claim, there);
    return subscription;
  };

  const asked = await ask(token, "?wait=true", there);
  const event = dataOf(await asked.text);
  await claiming;

  expect(event).toEqual({ ...eventOf(workspace), owner_id: there.ownerId });
});

test("messages that were dropped are made up for by a look", async () => {
  const { token, workspace, build } = await prebuild();
  const asked = await ask(token);
  const claim = await world.beginClaim(workspace, world.ownerId);
  const publish = world.pubsub.publish.bind(world.pubsub);
  world.pubsub.publish = () => undefined;
  await completeClaim(workspace, build, claim);
  world.pubsub.publish = publish;

  world.pubsub.drop();

  expect(dataOf(await asked.text)).toEqual(eventOf(workspace));
});

test("another workspace's claim is none of it [prebuilds 133]", async () => {
  const { token } = await prebuild();
  const other = await prebuild();
  const asked = await ask(token);
  asked.text.catch(() => undefined);

  await completeClaim(other.workspace, other.build, await world.beginClaim(other.workspace, world.ownerId));

  const outcome = await Promise.race([asked.text, world.clock.sleep(0).then(() => "still waiting")]);
  expect(outcome).toBe("still waiting");
});

test("a claim that nobody tells of is found by a look at all who wait, one statement a minute", async () => {
  const clock = new FakeClock();
  await using timed = await ServedWorld.create({ clock });
  const waiting = await Promise.all([prebuild(timed), prebuild(timed), prebuild(timed)]);
  const asked = await Promise.all(waiting.map(({ token }) => ask(token, "?wait=true", timed)));
  const [first] = waiting;
  if (first === undefined) throw new Error("no prebuild");
  const publish = timed.pubsub.publish.bind(timed.pubsub);
  timed.pubsub.publish = () => undefined;
  await completeClaim(first.workspace, first.build, await timed.beginClaim(first.workspace, timed.ownerId), timed);
  timed.pubsub.publish = publish;
  const looks = () => timed.statements.filter((text) => text.includes("first_initiator_id")).length;
  const before = looks();

  await clock.advance(60_000);

  expect(dataOf((await asked[0]?.text) ?? "")).toEqual({ ...eventOf(first.workspace), owner_id: timed.ownerId });
  // A look at all, and a read of the one that changed.
  expect(looks() - before).toBe(2);
  for (const { text } of asked.slice(1)) text.catch(() => undefined);
});
