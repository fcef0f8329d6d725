import { afterEach, beforeEach } from "vitest";
import { systemContext } from "../access/index.ts";
import { testRights, type Probe } from "../access/testing/index.ts";
import { openGround, World } from "../testing/index.ts";
import { seedDemoModel } from "./demo/seed-demo-model.ts";

let world: World;
beforeEach(async () => {
  world = new World(await openGround({ maxConnections: 2 }));
});
afterEach(() => world[Symbol.asyncDispose]());

const isSeeded: Probe = async (part, log) => {
  const { db, clock, pubsub, organizationId } = world;
  const ctx = systemContext(part, log, new AbortController().signal);
  await seedDemoModel(ctx, { db, clock, pubsub, sealKey: Buffer.alloc(32) }, organizationId).catch(() => undefined); // refused
  return (await db.selectFrom("chat_model_configs").select("id").execute()).length === 1;
};

testRights("demo model", {
  "ai_provider:create": { "has a provider": isSeeded },
  "chat_model_config:create": { "has a model": isSeeded },
});
