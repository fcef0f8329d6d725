// `npm run generate`: writes anew what is made from the sources and committed; tests fail where it is out of date.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@hearth/base";
import { manifestJsonSchema } from "@hearth/provisioner";
import { Database, generateTables, migrate } from "@hearth/server/database";
import { startEmbeddedPostgres } from "@hearth/server/embedded-postgres";
import { root } from "./launch/paths.mjs";

/** The types of every table, as the migrations make them in an empty database. */
async function tableTypes(): Promise<string> {
  await using undo = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "hearth-generate-"));
  undo.defer(() => rm(dataDir, { recursive: true, force: true }));
  const signal = new AbortController().signal;
  const server = await startEmbeddedPostgres({ dataDir, clock: systemClock, log: silentLogger, signal });
  undo.defer(() => server.stop());
  const options = { connectionString: server.connectionString, maxConnections: 1 };
  const database = undo.use(new Database(options, (error) => console.error(error)));
  await migrate(database.pool, silentLogger);
  return await generateTables(database.pool);
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(join(root, path), text);
  console.log(path);
}

const tables = "packages/server/src/ground/database/tables.ts";
await write(tables, await tableTypes());
spawnSync(process.execPath, [join(root, "node_modules/.bin/oxfmt"), tables], { cwd: root, stdio: "inherit" });
await write("templates/hearth.schema.json", manifestJsonSchema());

// The manual of the commands and the description of the API are snapshots of the tests that compare them.
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const snapshots = ["packages/cli/src/tree.test.ts", "e2e/api-description.test.ts"];
const args = [vitest, "run", "--update", "--reporter=agent", ...snapshots];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
console.log("docs/cli.md\ndocs/openapi.json");
process.exitCode = status ?? 1;
