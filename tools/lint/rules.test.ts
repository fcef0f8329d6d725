import { RuleTester } from "oxlint/plugins-dev";
import { describe, it } from "vitest";
import { capabilityDoor } from "./capability-door.ts";
import { definedSql } from "./defined-sql.ts";
import { disableWithReason } from "./disable-with-reason.ts";
import { grantIsUsed } from "./grant-is-used.ts";
import { mayUseFolders } from "./may-use.ts";
import { liveTopics } from "./live-topics.ts";
import { lastingErrorListener } from "./lasting-error-listener.ts";
import { noDynamicRegexp } from "./no-dynamic-regexp.ts";
import { noNodeInBrowsers } from "./no-node-in-browsers.ts";
import { noRawTimers } from "./no-raw-timers.ts";
import { oneMessageOf } from "./one-message-of.ts";
import { packageDirection } from "./package-direction.ts";
import { scopedAbort } from "./scoped-abort.ts";
import { sdkDocstring } from "./sdk-docstring.ts";
import { staticLogMessage } from "./static-log-message.ts";
import { tableOwner } from "./table-owner.ts";
import { testFolder } from "./test-folder.ts";
import { thinRoutes } from "./thin-routes.ts";
import { writeTakesGrant } from "./write-takes-grant.ts";

RuleTester.describe = describe;
RuleTester.it = it;
const tester = new RuleTester({ languageOptions: { parserOptions: { lang: "ts" } } });

const server = "/repo/packages/server/src";

tester.run("package-direction", packageDirection, {
  valid: [
    { name: "what stands above", filename: "/repo/packages/sdk/src/client.ts", code: `import "@hearth/base";` },
    {
      name: "a part of what stands above",
      filename: "/repo/packages/sdk/src/a.ts",
      code: `import "@hearth/base/fake-clock";`,
    },
    { name: "the testkit in a test", filename: `${server}/claim.db.test.ts`, code: `import "@hearth/testkit";` },
    { name: "what is not ours", filename: "/repo/packages/base/src/a.ts", code: `import "fast-check";` },
    { name: "files outside of the packages", filename: "/repo/bench/main.ts", code: `import "@hearth/testkit";` },
  ],
  invalid: [
    {
      name: "what stands below",
      filename: "/repo/packages/sdk/src/client.ts",
      code: `import "@hearth/server";`,
      errors: [{ message: "The package sdk may import of ours only: base; server stands below it." }],
    },
    {
      name: "a type is an import as well",
      filename: "/repo/packages/base/src/clock.ts",
      code: `import type { Api } from "@hearth/sdk";`,
      errors: [{ message: "The package base may import of ours only: nothing; sdk stands below it." }],
    },
    {
      name: "so is a dynamic one, and a re-export",
      filename: "/repo/packages/wire/src/a.ts",
      code: `export * from "@hearth/agent"; await import("@hearth/server");`,
      errors: 2,
    },
    {
      name: "the testkit in a source",
      filename: `${server}/claim.ts`,
      code: `import { createTestDatabase } from "@hearth/testkit";`,
      errors: [{ message: "Only tests may import the testkit." }],
    },
    {
      name: "in a test, too, only what stands above",
      filename: "/repo/packages/wire/src/a.test.ts",
      code: `import "@hearth/agent";`,
      errors: 1,
    },
  ],
});

tester.run("capability-door", capabilityDoor, {
  valid: [
    { name: "the door of another", filename: `${server}/prebuilds/claim.ts`, code: `import "../workspaces/index.ts";` },
    {
      name: "the door by its short name",
      filename: `${server}/prebuilds/claim.ts`,
      code: `import "#workspaces/index.ts";`,
    },
    {
      name: "anything of one's own",
      filename: `${server}/prebuilds/a/b.ts`,
      code: `import "../store.ts"; import "#prebuilds/x.ts";`,
    },
    { name: "a door from the root", filename: `${server}/main.ts`, code: `import "./ground/http/index.ts";` },
    {
      name: "the inner door of the embedded database",
      filename: `${server}/main.ts`,
      code: `import "./ground/database/embedded/index.ts";`,
    },
    { name: "files of the root", filename: `${server}/ground/http/app.ts`, code: `import "../../main.ts";` },
    {
      name: "other packages have no capabilities",
      filename: "/repo/packages/cli/src/a/b.ts",
      code: `import "../c/d.ts";`,
    },
    { name: "modules of others", filename: `${server}/ground/http/app.ts`, code: `import "fastify/types/route.js";` },
  ],
  invalid: [
    {
      name: "a store of another",
      filename: `${server}/prebuilds/claim.ts`,
      code: `import { find } from "../workspaces/store.ts";`,
      errors: [{ message: "Use workspaces by its door, workspaces/index.ts; export there what you need." }],
    },
    {
      name: "by its short name",
      filename: `${server}/prebuilds/claim.ts`,
      code: `import "#workspaces/store.ts";`,
      errors: 1,
    },
    {
      name: "one part of the ground inside another",
      filename: `${server}/ground/http/app.ts`,
      code: `import { connect } from "../database/connection.ts";`,
      errors: [{ message: "Use ground/database by its door, ground/database/index.ts; export there what you need." }],
    },
    { name: "from the root", filename: `${server}/main.ts`, code: `import "./workspaces/routes.ts";`, errors: 1 },
    {
      name: "a folder inside another",
      filename: `${server}/a/b.ts`,
      code: `import "../workspaces/plan/index.ts";`,
      errors: 1,
    },
  ],
});

tester.run("no-raw-timers", noRawTimers, {
  valid: [
    { name: "a clock's sleep", code: `await clock.sleep(5);` },
    { name: "a method of that name", code: `socket.setTimeout(5);` },
    { name: "clearing", code: `clearTimeout(handle);` },
  ],
  invalid: [
    { name: "a timer", code: `setTimeout(f, 5);`, errors: 1 },
    { name: "an interval of the global object", code: `globalThis.setInterval(f, 5);`, errors: 1 },
    { name: "the promised ones", code: `import { setTimeout } from "node:timers/promises";`, errors: 1 },
    { name: "a deadline of the platform", code: `fetch(url, { signal: AbortSignal.timeout(5) });`, errors: 1 },
  ],
});

tester.run("one-message-of", oneMessageOf, {
  valid: [
    { name: "the one", code: `const why = messageOf(error);` },
    { name: "another text where it is no error", code: `error instanceof Error ? error.message : ""` },
    { name: "of an error of one's own", code: `error instanceof ApiError ? error.message : String(error)` },
  ],
  invalid: [
    {
      name: "the same by hand",
      code: `const why = error instanceof Error ? error.message : String(error);`,
      errors: 1,
    },
  ],
});

tester.run("scoped-abort", scopedAbort, {
  valid: [
    { name: "a scope", code: `{ using scope = new Scope(signal, other); }` },
    { name: "a listener with a handle", code: `{ using left = onAbort(signal, () => close()); }` },
    {
      name: "one that is removed by its name",
      code: `signal.addEventListener("abort", onStop, { once: true }); signal.removeEventListener("abort", onStop);`,
    },
    {
      name: "one of a class",
      code: `class A { #stop; a(s) { s.addEventListener("abort", this.#stop); } b(s) { s.removeEventListener("abort", this.#stop); } }`,
    },
    {
      name: "one that ends with another signal",
      code: `signal.addEventListener("abort", f, { once: true, signal: over });`,
    },
    { name: "other events", code: `window.addEventListener("resize", () => fit());` },
  ],
  invalid: [
    { name: "joined signals", code: `await sleep(5, { signal: AbortSignal.any([one, other]) });`, errors: 1 },
    {
      name: "a listener without a name",
      code: `signal.addEventListener("abort", () => f(), { once: true });`,
      errors: 1,
    },
    {
      name: "one that is never removed",
      code: `signal.addEventListener("abort", onStop, { once: true }); signal.removeEventListener("abort", other);`,
      errors: 1,
    },
  ],
});

tester.run("grant-is-used", grantIsUsed, {
  valid: [
    {
      name: "a grant that is handed on",
      filename: `${server}/workspaces/a.ts`,
      code: `const granted = authorize(ctx, "workspace:update", it); await rename(db, granted);`,
    },
    {
      name: "who only asks",
      filename: `${server}/workspaces/a.ts`,
      code: `if (!can(ctx, "workspace:update", it)) throw refused;`,
    },
    {
      name: "a cast to something else",
      filename: `${server}/workspaces/a.ts`,
      code: `const row = found as WorkspaceRow;`,
    },
  ],
  invalid: [
    {
      name: "a check that nothing depends on",
      filename: `${server}/workspaces/a.ts`,
      code: `authorize(ctx, "workspace:update", it);`,
      errors: [{ message: "What authorize gives is thrown away: hand it to what it allows, or ask with can()." }],
    },
    {
      name: "however it is thrown away",
      filename: `${server}/templates/a.ts`,
      code: `void authorizeVersion(ctx, "template:update", version); await authorizeLater(ctx);`,
      errors: 2,
    },
    {
      name: "a grant that is made of something else",
      filename: `${server}/workspaces/a.ts`,
      code: `const one = {} as Granted<"workspace:update">; const other = it as unknown as GrantedList<"workspace:read">;`,
      errors: 2,
    },
  ],
});

tester.run("no-dynamic-regexp", noDynamicRegexp, {
  valid: [
    { name: "a literal", code: `/^a+$/.test(text); text.match(/a/);` },
    { name: "literal text", code: "new RegExp('a+', flags); RegExp(`a`);" },
    { name: "an expression that has a name", code: `text.match(pattern); text.matchAll(pattern);` },
    { name: "a class of another name", code: `new Patterns(source);` },
  ],
  invalid: [
    { name: "a variable", code: `new RegExp(pattern, "u");`, errors: 1 },
    { name: "without new", code: `RegExp(pattern);`, errors: 1 },
    { name: "a filled text", code: "new RegExp(`^${name}$`);", errors: 1 },
    { name: "the global object's", code: `new globalThis.RegExp(pattern);`, errors: 1 },
    { name: "a text that becomes one", code: "text.match(`^${name}`); text.matchAll('a' + b);", errors: 2 },
  ],
});

tester.run("static-log-message", staticLogMessage, {
  valid: [
    { name: "fields and text", code: `log.warn({ buildId }, "lost a race");` },
    { name: "a logger in a field", code: `class A { #log; f() { this.#log.error({ err }, "failed"); } }` },
    { name: "what is no logger", code: "out.warn(`${name} is gone`); console.log(`${x}`);" },
  ],
  invalid: [
    { name: "a template", code: "log.warn({}, `build ${id} failed`);", errors: 1 },
    { name: "a sum", code: `context.log.info({}, "build " + id);`, errors: 1 },
    { name: "no fields", code: `log.info("started");`, errors: 1 },
    { name: "a variable", code: `class A { #log; f() { this.#log.error({ err }, message); } }`, errors: 1 },
  ],
});

tester.run("disable-with-reason", disableWithReason, {
  valid: [
    { name: "with rule and reason", code: "// oxlint-disable-next-line no-console -- the only output there is\nf();" },
    { name: "an expected error", code: "// @ts-expect-error the library's types lack it\nf();" },
    { name: "a comment about it", code: "// we do not oxlint-disable things\nf();" },
  ],
  invalid: [
    { name: "without a reason", code: "// oxlint-disable-next-line no-console\nf();", errors: 1 },
    { name: "without a rule", code: "/* eslint-disable -- because */\nf();", errors: 1 },
    { name: "an error ignored for ever", code: "// @ts-ignore\nf();", errors: 1 },
  ],
});

const aTest = { filename: "/repo/packages/server/src/a.test.ts" };
tester.run("test-folder", testFolder, {
  valid: [
    { name: "the folder of the house", code: `{ using folder = new TestFolder(); }`, ...aTest },
    { name: "a folder within one", code: `mkdtempSync(join(folder.path, "home-"));`, ...aTest },
    { name: "what is no test", code: `mkdtemp(join(tmpdir(), "x-"));`, filename: "/repo/packages/agent/src/config.ts" },
  ],
  invalid: [
    { name: "a folder of one's own", code: `await mkdtemp(join(tmpdir(), "x-"));`, ...aTest, errors: 1 },
    { name: "at once", code: `mkdtempSync(join(tmpdir(), "x-"));`, filename: "/repo/e2e/a.test.ts", errors: 1 },
  ],
});

tester.run("may-use", mayUseFolders, {
  valid: [
    { name: "a floor above", filename: `${server}/prebuilds/a.ts`, code: `import "../workspaces/index.ts";` },
    { name: "the ground", filename: `${server}/jobs/a.ts`, code: `import "../ground/database/index.ts";` },
    { name: "one's own", filename: `${server}/agents/dial/a.ts`, code: `import "../logs/b.ts";` },
    { name: "a test", filename: `${server}/jobs/a.db.test.ts`, code: `import "../workspaces/index.ts";` },
    { name: "the composition root", filename: `${server}/main.ts`, code: `import "./prebuilds/index.ts";` },
  ],
  invalid: [
    {
      name: "a floor below",
      filename: `${server}/workspaces/a.ts`,
      code: `import { x } from "../prebuilds/index.ts";`,
      errors: 1,
    },
    {
      name: "its types alone",
      filename: `${server}/jobs/a.ts`,
      code: `import type { X } from "../workspaces/index.ts";`,
      errors: 1,
    },
    {
      name: "a capability, from the ground",
      filename: `${server}/ground/database/a.ts`,
      code: `export * from "#identity/index.ts";`,
      errors: 1,
    },
    { name: "the composition root", filename: `${server}/jobs/a.ts`, code: `import("../main.ts");`, errors: 1 },
    {
      name: "from a folder that has no list",
      filename: `${server}/new/a.ts`,
      code: `import "../jobs/a.ts";`,
      errors: 1,
    },
  ],
});

tester.run("table-owner", tableOwner, {
  valid: [
    { name: "the owner writes", filename: `${server}/jobs/a.ts`, code: `db.updateTable("provisioner_jobs as j");` },
    {
      name: "a join that is listed",
      filename: `${server}/workspaces/a.ts`,
      code: "sql`select t.name from workspaces w join templates t on true for update of w`;",
    },
    { name: "a view reads all", filename: `${server}/views/a.ts`, code: "sql`select from api_keys, workspaces`;" },
    {
      name: "a table's name as a text, an alias or a column",
      filename: `${server}/jobs/a.ts`,
      code: "sql`select x.files, 'users' as users -- of api_keys\n from provisioner_jobs x`;",
    },
    { name: "a test", filename: `${server}/jobs/a.db.test.ts`, code: `db.deleteFrom("workspaces");` },
  ],
  invalid: [
    {
      name: "another's table, changed by the builder",
      filename: `${server}/prebuilds/a.ts`,
      code: `db.updateTable("workspaces as w").set({});`,
      errors: 1,
    },
    { name: "filled", filename: `${server}/jobs/a.ts`, code: `db.insertInto("workspaces");`, errors: 1 },
    { name: "emptied", filename: `${server}/jobs/a.ts`, code: `db.deleteFrom("workspaces");`, errors: 1 },
    {
      name: "changed by text, though it may be read",
      filename: `${server}/prebuilds/a.ts`,
      code: "sql<object>`with x as (update workspaces w set ttl = 1 returning *) select * from x`;",
      errors: 1,
    },
    { name: "emptied by text", filename: `${server}/jobs/a.ts`, code: "sql`DELETE FROM only workspaces`;", errors: 1 },
    {
      name: "filled by text",
      filename: `${server}/jobs/a.ts`,
      code: `pool.query("insert into users values (1)");`,
      errors: 1,
    },
    { name: "from a view", filename: `${server}/views/a.ts`, code: "sql`update workspaces set ttl = 1`;", errors: 1 },
    {
      name: "read, which is not listed",
      filename: `${server}/jobs/a.ts`,
      code: "sql`select 1 from provisioner_jobs j, lateral (select from api_keys) k`;",
      errors: 1,
    },
    {
      name: "joined by the builder",
      filename: `${server}/jobs/a.ts`,
      code: `db.selectFrom(["provisioner_jobs", "api_keys as k"]).innerJoin("users", "a", "b");`,
      errors: 2,
    },
  ],
});

tester.run("no-node-in-browsers", noNodeInBrowsers, {
  valid: [
    { name: "what is for browsers", filename: "/repo/packages/web/src/a.tsx", code: `import "@hearth/sdk";` },
    { name: "a test", filename: "/repo/packages/web/src/a.browser.test.ts", code: `import "node:fs";` },
    { name: "how it is built", filename: "/repo/packages/web/vite.config.ts", code: `import "node:fs";` },
    { name: "how what is behind it is built", filename: "/repo/packages/sdk/build.ts", code: `import "node:fs";` },
    { name: "what runs in Node", filename: `${server}/a.ts`, code: `import "node:fs";` },
  ],
  invalid: [
    { name: "a module of Node", filename: "/repo/packages/web/src/a.ts", code: `import "node:fs";`, errors: 1 },
    {
      name: "by its old name, for its types",
      filename: "/repo/packages/web/src/a.ts",
      code: `import type { Socket } from "net";`,
      errors: 1,
    },
    {
      name: "a door that has Node behind it",
      filename: "/repo/packages/web/src/a.ts",
      code: `import "@hearth/base/test-folder";`,
      errors: 1,
    },
    { name: "behind a door", filename: "/repo/packages/sdk/src/a.ts", code: `export * from "node:path";`, errors: 1 },
  ],
});

tester.run("sdk-docstring", sdkDocstring, {
  valid: [
    {
      name: "a docstring",
      code: `/** How far a job is: waiting, at work or ended. */ export const JobStatus = z.enum([]);`,
    },
    {
      name: "a type of the name that is told",
      code: `/** How far a job is: waiting, at work or ended. */ export const A = 1; export type A = typeof A;`,
    },
    {
      name: "what is told elsewhere",
      code: `export { Time } from "./scalars.ts"; export * from "./schemas/index.ts";`,
    },
    { name: "what stays inside", code: `const inner = 1;` },
  ],
  invalid: [
    { name: "no docstring", code: `export interface Job { id: string }`, errors: 1 },
    {
      name: "one that belongs to another",
      code: `/** Some words for this one. */ const a = 1; export const b = 2;`,
      errors: 1,
    },
    { name: "a comment that is none", code: `// Some words for this one.\nexport function f() {}`, errors: 1 },
    { name: "its name in other words", code: `/** The status of a job. */ export const JobStatus = 1;`, errors: 1 },
  ],
});

tester.run("lasting-error-listener", lastingErrorListener, {
  valid: [
    { name: "one that stays", code: `socket.on("error", reject);` },
    { name: "another event", code: `socket.once("close", f);` },
    { name: "a wait for the event itself", code: `const [error] = await once(socket, "error");` },
  ],
  invalid: [
    { name: "one that goes with the first", code: `socket.once("error", reject);`, errors: 1 },
    { name: "one put before others", code: `child.prependOnceListener("error", f);`, errors: 1 },
  ],
});

tester.run("live-topics", liveTopics, {
  valid: [
    {
      name: "topics hear",
      filename: `${server}/chats/topics.ts`,
      code: `new Topics({ hear: (bells) => pubsub.subscribe("chat", "*", { onMessage: () => bells.ringAll() }) });`,
    },
    {
      name: "in a method, among others",
      filename: `${server}/chats/topics.ts`,
      code: `new Topics({ hear(bells) { hearing.use(pubsub.subscribe("chat", "*", ears)); return hearing; } });`,
    },
    {
      name: "work that is woken",
      filename: `${server}/jobs/acquirer.ts`,
      code: `this.deps.pubsub.subscribe("provisioner_job_posted", "*", ears);`,
    },
    { name: "bells without a channel", filename: `${server}/a/b.ts`, code: `wake.subscribe(ring);` },
    { name: "tests", filename: `${server}/a/b.test.ts`, code: `pubsub.subscribe("chat", "*", ears);` },
  ],
  invalid: [
    {
      name: "a stream of its own",
      filename: `${server}/chats/stream.ts`,
      code: `const heard = pubsub.subscribe("chat", id, { onMessage: (message) => queue.push(message) });`,
      errors: 1,
    },
    {
      name: "also in a class",
      filename: `${server}/chats/feed.ts`,
      code: `class Feed { follow() { return this.deps.pubsub.subscribe("chat", "*", this.ears); } }`,
      errors: 1,
    },
  ],
});

tester.run("thin-routes", thinRoutes, {
  valid: [
    {
      name: "an operation that a route calls",
      filename: `${server}/identity/routes/user-routes.ts`,
      code: `await setPassword(deps, granted, hash);`,
    },
    {
      name: "SQL where it belongs",
      filename: `${server}/identity/user-writes.ts`,
      code: `await transaction(db, options, (tx) => tx.updateTable("users").execute());`,
    },
    {
      name: "a test of routes",
      filename: `${server}/agents/routes/reading.db.test.ts`,
      code: `await world.db.updateTable("users").execute();`,
    },
  ],
  invalid: [
    {
      name: "a statement of the builder",
      filename: `${server}/identity/routes/user-routes.ts`,
      code: `await db.updateTable("users").set({ name }).execute(); await tx.deleteFrom("api_keys").execute();`,
      errors: 2,
    },
    {
      name: "a transaction",
      filename: `${server}/workspaces/build-routes.ts`,
      code: `await transaction(db, { name: "x" }, work);`,
      errors: [
        {
          message: "No transaction in a file of routes: move it to the operations of the folder that owns the table.",
        },
      ],
    },
    {
      name: "a file that makes routes under another name",
      filename: `${server}/templates/files.ts`,
      code: `import { route } from "../ground/http/index.ts"; await db.insertInto("files").execute();`,
      errors: 1,
    },
    {
      name: "SQL as a text, and a reference in it",
      filename: `${server}/jobs/routes.ts`,
      code: "await sql`select 1`.execute(db); const query = db.selectFrom('jobs'); await sql<Row>`select 2`;",
      errors: 3,
    },
  ],
});

const store = `${server}/jobs/store.ts`;

tester.run("defined-sql", definedSql, {
  valid: [
    {
      name: "a statement on the list",
      filename: store,
      code: "const find = defineStatement({ build: ({ id }) => sql`select 1 where ${id === undefined ? sql`true` : sql`false`}` });",
    },
    { name: "a part of one", filename: store, code: "const join: Fragment = sql`join x on true`;" },
    { name: "a part with a gap", filename: store, code: "function at(now: Date): Fragment { return sql`< ${now}`; }" },
    {
      name: "several parts",
      filename: store,
      code: "function all(): Fragment[] { const found: Fragment[] = []; found.push(sql`true`); return found; }",
    },
    { name: "a test", filename: `${server}/jobs/a.db.test.ts`, code: "await sql`select 1`.execute(db);" },
    { name: "what SQL is not", filename: store, code: "sql.ref('a.b');" },
  ],
  invalid: [
    { name: "run as it stands", filename: store, code: "await sql<{ id: string }>`select 1`.execute(db);", errors: 1 },
    { name: "kept, and run later", filename: store, code: "const find = sql`select 1`;", errors: 1 },
    {
      name: "a type that nobody checks, in a part",
      filename: store,
      code: "function count(): Fragment { return sql<number>`count(*)`; }",
      errors: 1,
    },
    { name: "in the builder", filename: store, code: 'db.where(sql`lower(name)`, "=", name);', errors: 1 },
    {
      name: "in the builder, with a type",
      filename: store,
      code: 'db.select(sql<number>`count(*)`.as("count"));',
      errors: 1,
    },
  ],
});

const writes = `${server}/workspaces/store.ts`;
const statement = (text: string) => `const change = defineStatement({ build: () => sql\`${text}\` });`;

tester.run("write-takes-grant", writeTakesGrant, {
  valid: [
    {
      name: "the grant of what it does",
      filename: writes,
      code: `export async function rename(db: Db, { object }: Granted<"workspace:update", Thing>) { await db.updateTable("workspaces").execute(); }`,
    },
    {
      name: "in a transaction, and an arrow",
      filename: writes,
      code: `export const rename = async (ctx: Context, granted: GrantedWorkspace<"workspace:update">) => transaction(ctx, db, {}, async (tx) => tx.updateTable("workspaces").execute());`,
    },
    {
      name: "a type of the feature that carries one",
      filename: writes,
      code: `interface Wanted { readonly on: Mine } type Mine = Granted<"workspace:update">; export function rename(db: Db, wanted: Wanted) { return db.updateTable("workspaces").execute(); }`,
    },
    {
      name: "a part that a function with a grant calls",
      filename: writes,
      code: `export function rename(tx: Tx, granted: Granted<"workspace:update">) { return write(tx); } function write(tx: Tx) { return tx.updateTable("workspaces").execute(); }`,
    },
    {
      name: "methods that take one each",
      filename: writes,
      code: `export function settings({ db }: Deps) { return { rename(granted: Granted<"workspace:update">) { return db.updateTable("workspaces").execute(); } }; }`,
    },
    {
      name: "what reads, and locks",
      filename: writes,
      code: `${statement("select 1 from workspaces w for update of w")} export function find(db: Db) { return change.first(db, {}); }`,
    },
    {
      name: "a part of a statement, which whoever runs it answers for",
      filename: writes,
      code: "export function give(id: string): Fragment { return sql`update workspaces set owner_id = ${id}`; }",
    },
    {
      name: "a test",
      filename: `${server}/workspaces/a.db.test.ts`,
      code: `await db.deleteFrom("workspaces").execute();`,
    },
    {
      name: "the ground, which knows no rights",
      filename: `${server}/ground/outbox/effect.ts`,
      code: `export function add(tx: Tx) { return tx.insertInto("outbox").execute(); }`,
    },
  ],
  invalid: [
    {
      name: "an id in its place",
      filename: writes,
      code: `export async function rename(db: Db, id: string) { await db.updateTable("workspaces").execute(); }`,
      errors: [
        {
          message:
            "What writes takes the grant of it (Granted, GrantedWithin, GrantedList), and its ids from there: authorize() stands in whoever calls this.",
        },
      ],
    },
    {
      name: "a context that it asks inside",
      filename: writes,
      code: `export function remove(ctx: Context, db: Db, id: string) { const granted = authorize(ctx, "workspace:delete", { id }); return transaction(ctx, db, {}, async (tx) => tx.deleteFrom("workspaces").execute()); }`,
      errors: 1,
    },
    {
      name: "a right to look",
      filename: writes,
      code: `export function rename(db: Db, granted: Granted<"workspace:read", Thing>) { return db.updateTable("workspaces").execute(); }`,
      errors: 1,
    },
    {
      name: "a statement that writes, and one that gives rows of it",
      filename: writes,
      code: `${statement("insert into workspaces values (1)")} export function add(db: Db) { return change.run(db, {}); } export function make(db: Db) { return change.first(db, {}); }`,
      errors: 2,
    },
    {
      name: "a statement whose part writes",
      filename: writes,
      code: "const part: Fragment = sql`delete from workspaces`; const change = defineStatement({ build: () => sql`with gone as (${part}) select 1` }); export function f(db: Db) { return change.all(db, {}); }",
      errors: 1,
    },
    {
      name: "text that is run as it stands",
      filename: writes,
      code: "export async function f(db: Db) { await sql`update workspaces set ttl = 1`.execute(db); }",
      errors: 1,
    },
    {
      name: "a part that one way reaches without a grant",
      filename: writes,
      code: `export function rename(tx: Tx, granted: Granted<"workspace:update">) { return write(tx); } export const loop = (tx: Tx) => write(tx); function write(tx: Tx) { return tx.updateTable("workspaces").execute(); }`,
      errors: 1,
    },
    {
      name: "one method of several",
      filename: writes,
      code: `export function settings({ db }: Deps) { return { rename(granted: Granted<"workspace:update">) { return db.updateTable("workspaces").execute(); }, wake: (ctx: Context) => db.updateTable("workspaces").execute() }; }`,
      errors: 1,
    },
    {
      name: "a method of a class, and what is exported at the end",
      filename: writes,
      code: `class Store { add(tx: Tx) { return tx.insertInto("workspaces").execute(); } } function gone(tx: Tx) { return tx.deleteFrom("workspaces").execute(); } export { Store, gone as remove };`,
      errors: 2,
    },
  ],
});
