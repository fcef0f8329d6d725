import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@hearth/base";
import { TestFolder } from "@hearth/base/test-folder";
import type { UserStatus } from "@hearth/sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { systemContext } from "../access/index.ts";
import { ConfigError } from "../config/index.ts";
import { Database } from "../ground/database/index.ts";
import { ensureOwnerUser, verifyPassword } from "../identity/index.ts";
import { ensureOwner } from "./owner-account.ts";

let testDatabase: TestDatabase;
let database: Database;
let scratch: TestFolder;
let parent: string;

beforeEach(async () => {
  scratch = new TestFolder();
  parent = scratch.path;
  testDatabase = await createTestDatabase();
  database = new Database({ connectionString: testDatabase.connectionString, maxConnections: 8 }, () => undefined);
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

const setup = systemContext("setup", silentLogger, new AbortController().signal);

type FirstUser = Parameters<typeof ensureOwner>[2]["firstUser"];
const nothing: FirstUser = { email: undefined, username: undefined, password: undefined };

/** As a start does it, with a data directory of this name. */
async function start(directory = "data", given: Partial<FirstUser> = {}) {
  const dataDir = join(parent, directory);
  await mkdir(dataDir, { recursive: true });
  return await ensureOwner(setup, database.db, { dataDir, firstUser: { ...nothing, ...given } }, 0);
}

const passwordFile = (directory = "data") => join(parent, directory, "owner-password");

async function users() {
  return await database.db
    .selectFrom("users")
    .select(["username", "email", "roles", "status", "password_hash"])
    .where("is_system", "=", false)
    .orderBy("username")
    .execute();
}

/** Somebody who was there before: made as an owner, and then what they are. */
async function addUser(username: string, more: { roles?: string[]; status?: UserStatus; email?: string } = {}) {
  const { email = `${username}@example.com`, roles = [], status = "active" } = more;
  const { user } = await ensureOwnerUser(
    setup,
    database.db,
    () => Promise.resolve({ username, email, password: "Passw0rd-of-somebody" }),
    0,
  );
  await database.db.updateTable("users").set({ roles, status }).where("id", "=", user.id).execute();
}

test("of eight that start at once one makes the owner, and it alone knows the password", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `replica-${index}`);

  const accounts = await Promise.all(names.map((name) => start(name)));

  const [maker, ...others] = accounts.filter(({ isNew }) => isNew);
  expect(others).toEqual([]);
  expect(new Set(accounts.map(({ userId }) => userId)).size).toBe(1);
  expect(accounts.filter(({ generatedPassword }) => generatedPassword !== undefined)).toEqual([maker]);
  const files = await Promise.all(names.map((name) => readFile(passwordFile(name), "utf8").catch(() => undefined)));
  expect(files.filter((file) => file !== undefined)).toEqual([`${maker?.generatedPassword}\n`]);
  const [owner, ...more] = await users();
  expect(more).toEqual([]);
  expect(owner).toMatchObject({ username: "admin", email: "admin@hearth.local", roles: ["owner"], status: "active" });
  await expect(verifyPassword(maker?.generatedPassword ?? "", owner?.password_hash ?? "")).resolves.toBe(true);
});

test("of eight that share a data directory one shows the password, and all know where it lies", async () => {
  const accounts = await Promise.all(Array.from({ length: 8 }, () => start()));

  expect(accounts.filter(({ generatedPassword }) => generatedPassword !== undefined)).toHaveLength(1);
  expect(accounts.map(({ passwordFile: file }) => file)).toEqual(accounts.map(() => passwordFile()));
});

test("what is configured is made as it is, and no password is kept or shown", async () => {
  const given = { email: "ada@example.com", username: "ada", password: "Passw0rd-of-ada" };

  const account = await start("data", given);

  expect(account).toMatchObject({ email: given.email, isNew: true, generatedPassword: undefined });
  expect(account.passwordFile).toBeUndefined();
  await expect(stat(passwordFile())).rejects.toMatchObject({ code: "ENOENT" });
  await expect(users()).resolves.toMatchObject([{ username: "ada", email: given.email, roles: ["owner"] }]);
});

test.for([
  ["users, but no owner", { roles: ["member"] }],
  ["an owner who is suspended", { roles: ["owner"], status: "suspended" }],
] as const)("a database with %s gets one, beside those who are there", async ([, more]) => {
  await addUser("Admin", { ...more, roles: [...more.roles] });
  await addUser("other", { email: "admin-2@hearth.local" });

  const account = await start();

  expect(account).toMatchObject({ email: "admin-3@hearth.local", isNew: true });
  const found = await users();
  expect(found.map(({ username }) => username).toSorted()).toEqual(["Admin", "admin-3", "other"]);
  expect(found.find(({ username }) => username === "Admin")).toMatchObject(more);
});

test("an owner of any name is one: nothing is made, nothing configured changes it", async () => {
  await addUser("grace", { roles: ["owner"], status: "dormant" });

  const account = await start("data", { username: "ada", password: "Passw0rd-of-ada" });

  expect(account).toMatchObject({ email: "grace@example.com", isNew: false, generatedPassword: undefined });
  await expect(users()).resolves.toHaveLength(1);
});

test.for<[Partial<FirstUser>, RegExp]>([
  [{ username: "ada" }, /HEARTH_FIRST_USER_USERNAME "ada" belongs to an account/],
  [{ email: "Ada@example.com" }, /HEARTH_FIRST_USER_EMAIL "Ada@example.com" belongs to an account/],
  [{ username: "a b" }, /HEARTH_FIRST_USER_USERNAME/],
  [{ email: "nobody" }, /HEARTH_FIRST_USER_EMAIL "nobody" is no e-mail address/],
  [{ password: "short" }, /HEARTH_FIRST_USER_PASSWORD insecure password/],
])("%o cannot be the owner's: the start says which, and makes nothing", async ([given, words]) => {
  await addUser("ada");

  const refused = start("data", given);

  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(words);
  await expect(users()).resolves.toHaveLength(1);
  await expect(stat(passwordFile())).rejects.toMatchObject({ code: "ENOENT" });
});

test("where the password cannot be kept there is no owner whom nobody can be", async () => {
  await mkdir(passwordFile(), { recursive: true });
  await writeFile(join(passwordFile(), "something"), "");

  await expect(start()).rejects.toThrow(/EISDIR|ENOTEMPTY/);

  await expect(users()).resolves.toEqual([]);
});

test.for([
  ["a whole one that is still to be used", "abcdefghjkABCDEFGH23\n", 0o600, true],
  ["half of one", "aaaa", 0o600, false],
  ["an empty one", "", 0o600, false],
  ["one that others can read", "abcdefghjkABCDEFGH23\n", 0o644, false],
] as const)("a kept password of a start before: %s", async ([, text, mode, isUsed]) => {
  await mkdir(join(parent, "data"));
  await writeFile(passwordFile(), text);
  await chmod(passwordFile(), mode);

  const { generatedPassword } = await start();

  expect(generatedPassword === text.trim()).toBe(isUsed);
  const file = await stat(passwordFile());
  expect(file.mode & 0o777).toBe(0o600);
  expect(await readFile(passwordFile(), "utf8")).toBe(`${generatedPassword}\n`);
});

test("later starts say where the password lies, until it is another", async () => {
  const first = await start();
  const second = await start();
  await database.db.updateTable("users").set({ password_hash: "of another" }).where("id", "=", first.userId).execute();
  const third = await start();

  expect(second).toEqual({ ...first, isNew: false, generatedPassword: undefined });
  expect(third).toEqual({ ...second, passwordFile: undefined });
});
