import { afterAll, beforeAll } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { recordingLogger } from "@hearth/base/recording-logger";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { ownerContext, testRights } from "../access/testing/index.ts";
import { Database, transaction } from "../ground/database/index.ts";
import { runOutbox } from "../ground/outbox/index.ts";
import { MemoryPubSub } from "../ground/pubsub/index.ts";
import { auditHandler } from "./deliver.ts";
import { recordChange } from "./record.ts";

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({ connectionString: testDatabase.connectionString, maxConnections: 2 }, () => undefined);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

testRights("outbox", {
  "audit_log:create": {
    async "tells the log what somebody did"(part, log) {
      const { db } = database;
      const clock = new FakeClock();
      const pubsub = new MemoryPubSub(silentLogger);
      await db.deleteFrom("outbox").execute();
      const user = { id: "00000000-0000-4000-8000-000000000001", username: "ada" };
      await transaction(
        ownerContext(),
        db,
        { name: "test" },
        async (tx) =>
          await recordChange(tx, pubsub, {
            action: "user_roles_changed",
            user,
            before: [],
            after: ["auditor"],
            nowMs: clock.now(),
          }),
      );
      const told = recordingLogger();
      const sink = { webhookUrl: undefined, webhookToken: undefined };
      const both = { ...log, info: (fields: object, message: string) => told.info(fields, message) };
      const stop = new AbortController();
      const handlers = [auditHandler(sink, both, part)];
      const running = runOutbox({ db, pubsub, clock, log: silentLogger, handlers }, stop.signal);
      await clock.asleep("outbox");
      stop.abort();
      await running;
      return told.lines.some(({ message }) => message === "audit");
    },
  },
});
