import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import { afterEach, beforeEach } from "vitest";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { systemContext } from "../access/index.ts";
import { testRights } from "../access/testing/index.ts";
import { Database } from "../ground/database/index.ts";
import { ensureOwner } from "./owner-account.ts";

let testDatabase: TestDatabase;
let database: Database;
let scratch: TestFolder;
beforeEach(async () => {
  scratch = new TestFolder();
  testDatabase = await createTestDatabase();
  database = new Database({ connectionString: testDatabase.connectionString, maxConnections: 2 }, () => undefined);
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

testRights("setup", {
  "user:create": {
    async "makes the first owner"(part, log) {
      const dataDir = join(scratch.path, "data");
      await mkdir(dataDir);
      const firstUser = { email: undefined, username: undefined, password: undefined };
      const ctx = systemContext(part, log, new AbortController().signal);
      await ensureOwner(ctx, database.db, { dataDir, firstUser }, 0).catch(() => undefined); // refused
      const people = await database.db.selectFrom("users").select("id").where("is_system", "=", false).execute();
      return people.length === 1;
    },
  },
});
