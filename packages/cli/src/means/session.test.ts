import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { CliHome } from "#testing/captured-run.ts";
import { UsageError } from "./failure.ts";
import { normalizeUrl, openSession } from "./session.ts";

async function homeWith(url: string, token: string): Promise<CliHome> {
  const home = await CliHome.create();
  await openSession({}, {}, home.directory).save({ url, token });
  return home;
}

test("what is saved is found again, and only its owner may read the token", async () => {
  await using home = await homeWith("https://one.example", "secret");

  const session = openSession({}, {}, home.directory);

  expect(session).toMatchObject({ url: "https://one.example", token: "secret", givenToken: undefined });
  expect((await stat(path.join(home.configDirectory, "session"))).mode & 0o777).toBe(0o600);
  await expect(readFile(path.join(home.configDirectory, "session"), "utf8")).resolves.toBe("secret\n");
});

test.for([
  {
    rule: "a flag beats the environment",
    flags: { url: "https://flag.example" },
    env: { HEARTH_URL: "https://env.example" },
    url: "https://flag.example",
  },
  {
    rule: "the environment beats the file",
    flags: {},
    env: { HEARTH_URL: "https://env.example" },
    url: "https://env.example",
  },
  { rule: "the old name is taken", flags: {}, env: { CODER_URL: "https://old.example" }, url: "https://old.example" },
  {
    rule: "our name beats the old one",
    flags: {},
    env: { CODER_URL: "https://old.example", HEARTH_URL: "https://env.example" },
    url: "https://env.example",
  },
  { rule: "an empty variable counts as none", flags: {}, env: { HEARTH_URL: "" }, url: "https://one.example" },
])("$rule", async ({ flags, env, url }) => {
  await using home = await homeWith("https://one.example", "secret");

  expect(openSession(flags, env, home.directory).url).toBe(url);
});

test("a saved token is shown to no other server", async () => {
  await using home = await homeWith("https://one.example", "secret");

  expect(openSession({ url: "https://two.example" }, {}, home.directory).token).toBeUndefined();
  expect(openSession({ url: "https://one.example/" }, {}, home.directory).token).toBe("secret");
  expect(openSession({ url: "https://two.example" }, { HEARTH_SESSION_TOKEN: "mine" }, home.directory).token).toBe(
    "mine",
  );
});

test("logging out keeps the address", async () => {
  await using home = await homeWith("https://one.example", "secret");

  await openSession({}, {}, home.directory).forget();

  expect(openSession({}, {}, home.directory)).toMatchObject({ url: "https://one.example", token: undefined });
});

test("the directory can be chosen, by its old name too", async () => {
  await using home = await CliHome.create();
  const directory = path.join(home.directory, "elsewhere");
  await mkdir(directory);
  await writeFile(path.join(directory, "url"), "http://127.0.0.1:1\n");

  expect(openSession({}, { CODER_CONFIG_DIR: directory }, home.directory).url).toBe("http://127.0.0.1:1");
  expect(openSession({ globalConfig: directory }, {}, home.directory).url).toBe("http://127.0.0.1:1");
  expect(openSession({}, { XDG_CONFIG_HOME: directory }, home.directory).directory).toBe(
    path.join(directory, "hearth"),
  );
});

test.for([
  ["hearth.example.com", "https://hearth.example.com"],
  ["localhost:7080", "http://localhost:7080"],
  ["127.0.0.1:7080/", "http://127.0.0.1:7080"],
  ["[::1]:7080", "http://[::1]:7080"],
  ["HTTPS://Hearth.example.com/base/", "https://hearth.example.com/base"],
] as const)("%s means %s", ([text, url]) => {
  expect(normalizeUrl(text)).toBe(url);
});

test.for(["", "http://", "not an address"])("%j is no address", (text) => {
  expect(() => normalizeUrl(text)).toThrow(UsageError);
});
