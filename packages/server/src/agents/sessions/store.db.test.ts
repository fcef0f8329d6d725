import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grantFor } from "../../access/testing/index.ts";
import { removeReplicas } from "../../replicas/index.ts";
import { agent, insertTemplate, ServedWorld, type WorkspaceFixture } from "../../testing/index.ts";
import {
  checkAgents,
  findHolder,
  findWorkspace,
  listRecorded,
  readFacts,
  readIdentity,
  recordAgain,
  recordConnect,
  recordDisconnect,
} from "./store.ts";

// Each statement beside an agent that is not meant, in a workspace of somebody else.

let world: ServedWorld;
let here: string;
let there: string;
beforeAll(async () => {
  world = await ServedWorld.create();
  here = await replica();
  there = await replica();
});
afterAll(async () => await world[Symbol.asyncDispose]());

const now = new Date(1_000_000);

/** One that holds its lease for ever. */
async function replica(): Promise<string> {
  const times = { started_at: now, renewed_at: now, expires_at: new Date(Date.UTC(9999, 0, 1)) };
  const row = { id: randomUUID(), hostname: "h", version: "test", ...times };
  await world.db.insertInto("replicas").values(row).execute();
  return row.id;
}

/** A workspace with one agent, whose columns are as said. */
async function made(columns: object = {}, ownerId = world.ownerId): Promise<Made> {
  const workspace = await world.makeWorkspace({ ownerId });
  await world.start(workspace, [agent({ token: randomUUID() })]);
  const row = await world.db
    .updateTable("workspace_agents")
    .set({ updated_at: now, ...columns })
    .where("workspace_id", "=", workspace.id)
    .returning("id")
    .executeTakeFirstOrThrow();
  return { id: row.id, workspace };
}

interface Made {
  readonly id: string;
  readonly workspace: WorkspaceFixture;
}

const toRead = ({ id, workspace }: Made) => grantFor("workspace:read", { id: workspace.id, agentId: id });
const toUpdate = ({ id, workspace }: Made) => grantFor("workspace:update_agent", { id: workspace.id, agentId: id });

async function row(id: string) {
  return await world.db.selectFrom("workspace_agents").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
}

test("a session that begins is recorded for its agent alone, with what its own workspace is", async () => {
  const [one, other] = [await made(), await made({}, world.otherId)];
  const before = await row(other.id);

  const facts = await recordConnect(world.db, toUpdate(one), { replicaId: here, nowMs: now.getTime() });

  const users = await world.db.selectFrom("users").select(["id", "username"]).execute();
  const nameOf = (userId: string) => users.find(({ id }) => id === userId)?.username;
  expect(facts?.identity.ownerName).toBe(nameOf(world.ownerId));
  const agents = await checkAgents(world.db, grantFor("workspace:read", {}), [one.id, other.id]);
  const owners = new Map(agents.map(({ agentId, identity }) => [agentId, identity.ownerName]));
  expect([owners.get(one.id), owners.get(other.id)]).toEqual([nameOf(world.ownerId), nameOf(world.otherId)]);
  expect(agents).toHaveLength(2);
  expect(facts).toMatchObject({ generation: 1, identity: { workspaceId: one.workspace.id, ownerId: world.ownerId } });
  expect(await readFacts(world.db, toRead(one))).toEqual({ ...facts, generation: undefined });
  expect(await row(one.id)).toMatchObject({ session_replica_id: here, session_generation: 1, last_connected_at: now });
  expect(await row(other.id)).toEqual(before);
  expect(await readIdentity(world.db, grantFor("workspace:read", { id: other.workspace.id }))).toMatchObject({
    ownerId: world.otherId,
  });
});

test("what a session begins with is of the agent's own workspace, owner, template and build, whoever else is there", async () => {
  const both = [await made(), await made({}, world.otherId)] as const;
  const template = await insertTemplate(world, { name: "another", authorId: world.ownerId });
  await world.db
    .updateTable("workspaces")
    .set({ template_id: template.id })
    .where("id", "=", both[1].workspace.id)
    .execute();
  await world.db
    .updateTable("workspace_builds")
    .set({ stage: "claim" })
    .where("workspace_id", "=", both[1].workspace.id)
    .execute();
  const owns = await Promise.all(both.map(async ({ workspace }) => await identityIn(workspace.id)));

  for (const [at, one] of both.entries()) {
    const [identity, isOfClaim] = [owns[at], at === 1];
    const read = grantFor("workspace:read", { id: one.workspace.id });
    expect(await readIdentity(world.db, read)).toEqual(identity);
    expect(await readFacts(world.db, toRead(one))).toMatchObject({ identity, isOfClaim });
    const facts = await recordConnect(world.db, toUpdate(one), { replicaId: here, nowMs: now.getTime() });
    expect(facts).toMatchObject({ identity, isOfClaim });
  }
});

/** As the three tables say it, one after the other. */
async function identityIn(workspaceId: string) {
  const of = world.db.selectFrom("workspaces").selectAll().where("id", "=", workspaceId);
  const row = await of.executeTakeFirstOrThrow();
  const { username } = await world.db
    .selectFrom("users")
    .select("username")
    .where("id", "=", row.owner_id)
    .executeTakeFirstOrThrow();
  const { name } = await world.db
    .selectFrom("templates")
    .select("name")
    .where("id", "=", row.template_id)
    .executeTakeFirstOrThrow();
  return {
    workspaceId,
    workspaceName: row.name,
    ownerId: row.owner_id,
    ownerName: username,
    organizationId: row.organization_id,
    templateId: row.template_id,
    templateName: name,
    autostartSchedule: undefined,
  };
}

test("the stage that counts is that of the agent's own build", async () => {
  const one = await made();
  await world.makeBuild(one.workspace.id, { stage: "claim" });

  expect(await readFacts(world.db, toRead(one))).toMatchObject({ isOfClaim: false });
  const facts = await recordConnect(world.db, toUpdate(one), { replicaId: here, nowMs: 0 });
  expect(facts).toMatchObject({ isOfClaim: false });
});

test("an agent that is gone begins no session", async () => {
  const one = await made({ deleted: true });

  expect(await recordConnect(world.db, toUpdate(one), { replicaId: here, nowMs: 0 })).toBeUndefined();
  expect(await readFacts(world.db, toRead(one))).toBeUndefined();
});

describe("whether a start script blocks log-in", () => {
  test.for<[what: string, blocks: boolean, columns: object]>([
    ["one that does", true, {}],
    ["one that does not", false, { start_blocks_login: false }],
    ["one that does not run at the start", false, { run_on_start: false }],
  ])("%s", async ([, blocks, columns]) => {
    const [one, other] = [await made(), await made()];
    const script = {
      id: randomUUID(),
      workspace_agent_id: one.id,
      log_source_id: randomUUID(),
      log_path: "",
      display_name: "s",
      script: "true",
      cron: "",
      start_blocks_login: true,
      run_on_start: true,
      run_on_stop: false,
      timeout_seconds: 0,
      created_at: now,
      ...columns,
    };
    await world.db.insertInto("workspace_agent_scripts").values(script).execute();

    expect(await readFacts(world.db, toRead(one))).toMatchObject({ blocksLogin: blocks });
    expect(await readFacts(world.db, toRead(other))).toMatchObject({ blocksLogin: false });
  });
});

describe("the end of a session", () => {
  const session = { generation: 3, lastHeardMs: now.getTime() + 1, nowMs: now.getTime() + 2 };

  test("is written to its agent alone", async () => {
    const columns = { session_generation: 3, session_replica_id: here };
    const [one, other] = [await made(columns), await made(columns)];
    const before = await row(other.id);

    expect(await recordDisconnect(world.db, toUpdate(one), { ...session, replicaId: here })).toBe(true);

    expect(await row(one.id)).toMatchObject({ session_replica_id: null, disconnected_at: new Date(session.nowMs) });
    expect(await row(other.id)).toEqual(before);
  });

  test.for([
    ["a newer one is there", 4, "here"],
    ["an older one is", 2, "here"],
    ["another replica holds it", 3, "there"],
  ] as const)("is not written when %s", async ([, generation, where]) => {
    const one = await made({ session_generation: generation, session_replica_id: where === "here" ? here : there });
    const before = await row(one.id);

    expect(await recordDisconnect(world.db, toUpdate(one), { ...session, replicaId: here })).toBe(false);

    expect(await row(one.id)).toEqual(before);
  });
});

test("sessions are recorded again that are the newest of their agents and not recorded here", async () => {
  const lost = await made({ session_generation: 3, session_replica_id: null });
  const elsewhere = await made({ session_generation: 3, session_replica_id: there });
  const kept = await made({ session_generation: 3, session_replica_id: here });
  const newer = await made({ session_generation: 4, session_replica_id: null });
  const other = await made({ session_generation: 3, session_replica_id: null });
  const sessions = [lost, elsewhere, kept, newer].map((each) => ({ granted: toUpdate(each), generation: 3 }));

  const changed = await recordAgain(world.db, here, sessions, now.getTime());

  expect(changed.toSorted()).toEqual([lost.id, elsewhere.id].toSorted());
  expect(await row(other.id)).toMatchObject({ session_replica_id: null });
  const expected = { agentId: kept.id, generation: 3, workspaceId: kept.workspace.id, ownerId: world.ownerId };
  const recorded = await listRecorded(world.db, grantFor("workspace:read", {}), here);
  expect(recorded.find(({ agentId }) => agentId === kept.id)).toEqual(expected);
  expect(recorded.map(({ agentId }) => agentId)).not.toContain(newer.id);
  expect(recorded.filter(({ agentId }) => agentId === lost.id)).toHaveLength(1);
});

test("who holds an agent, and where it is, is asked of that agent", async () => {
  const one = await made({ session_generation: 1, session_replica_id: here });
  const other = await made({ session_generation: 2, session_replica_id: there });
  const none = await made();

  expect(await findHolder(world.db, other.id)).toEqual({ agentId: other.id, generation: 2, replicaId: there });
  expect(await findHolder(world.db, one.id)).toEqual({ agentId: one.id, generation: 1, replicaId: here });
  expect(await findHolder(world.db, none.id)).toBeUndefined();
  expect(await findHolder(world.db, randomUUID())).toBeUndefined();
  expect(await findWorkspace(world.db, other.id)).toBe(other.workspace.id);
  expect(await findWorkspace(world.db, randomUUID())).toBeUndefined();
});

describe("who replaced an agent", () => {
  const token = Buffer.alloc(32, 1);
  const successorOf = async (id: string) =>
    (await checkAgents(world.db, grantFor("workspace:read", {}), [id]))[0]?.successor?.agentId;

  /** An agent that was replaced, and the one that has its token, changed as said. */
  async function replaced(of: object = {}, by: object = {}): Promise<[string, string]> {
    const first = await made();
    const { environment_variables: _, ...columns } = await row(first.id);
    const next = { ...columns, id: randomUUID(), name: "next", environment_variables: "{}", deleted: false };
    await world.db
      .updateTable("workspace_agents")
      .set({ deleted: true, auth_token_hash: token, ...of })
      .where("id", "=", first.id)
      .execute();
    await world.db
      .insertInto("workspace_agents")
      .values({ ...next, auth_token_hash: token, ...by })
      .execute();
    return [first.id, next.id];
  }

  test("is the one in its place that has its token", async () => {
    const [first, next] = await replaced();
    await replaced();

    expect(await successorOf(first)).toBe(next);
    expect(await checkAgents(world.db, grantFor("workspace:read", {}), [first, randomUUID()])).toHaveLength(1);
  });

  test("is nobody while the agent is there, when the other is gone too, or has another token", async () => {
    const [present] = await replaced({ deleted: false, auth_token_hash: Buffer.alloc(32, 3) });
    const [first] = await replaced({}, { deleted: true });
    const [stranger] = await replaced({}, { auth_token_hash: Buffer.alloc(32, 2) });

    expect(await Promise.all([present, first, stranger].map(successorOf))).toEqual([undefined, undefined, undefined]);
  });
});

test("a replica that is removed takes its own sessions with it, and nobody else's", async () => {
  const gone = await replica();
  const lost = await made({ session_replica_id: gone }, world.otherId);
  const kept = await made({ session_replica_id: there });

  expect(
    await removeReplicas(world.db, grantFor("workspace:update_agent", {}), { ids: [gone], nowMs: now.getTime() }),
  ).toEqual([{ agentId: lost.id, workspaceId: lost.workspace.id, ownerId: world.otherId }]);

  expect(await row(kept.id)).toMatchObject({ session_replica_id: there });
  const left = await world.db.selectFrom("replicas").select("id").where("id", "in", [gone, there]).execute();
  expect(left).toEqual([{ id: there }]);
});
