import { homedir } from "node:os";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TestFolder } from "@hearth/base/test-folder";
import { Hearth } from "@hearth/sdk/hearth";
import { openSession } from "./session.ts";

/** What each answers for one environment, told apart by nothing else. */
function bothOf(env: Readonly<Record<string, string>>, given: { url?: string; token?: string }) {
  const session = openSession(given, env, homedir());
  const before = { ...process.env };
  try {
    for (const name of Object.keys(process.env)) if (/^(HEARTH|CODER|XDG)_/.test(name)) delete process.env[name];
    Object.assign(process.env, env);
    const { client } = new Hearth(given);
    return { line: [session.url, session.token], program: [client.url, client.token] };
  } catch {
    return { line: [session.url, session.token], program: undefined };
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

const url = fc.constantFrom("http://127.0.0.1:7080", "hearth.example.com", "https://hearth.example.com/base/", "");
const word = fc.constantFrom("t1", "t2", "");

test("a program is logged in where the command line is, and nowhere else", async () => {
  await using folder = new TestFolder();
  const saved = openSession({}, { XDG_CONFIG_HOME: folder.path }, homedir());
  await saved.save({ url: "https://hearth.example.com/base", token: "saved" });
  const environment = fc.record(
    { HEARTH_URL: url, CODER_URL: url, HEARTH_SESSION_TOKEN: word, CODER_SESSION_TOKEN: word },
    { requiredKeys: [] },
  );
  const given = fc.record(
    { url: fc.constantFrom("127.0.0.1:7080", "https://hearth.example.com/base"), token: fc.constant("g") },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(environment, given, (env, options) => {
      const { line, program } = bothOf({ ...env, XDG_CONFIG_HOME: folder.path }, options);

      // The command line goes on where nobody is logged in, to log in.
      if (program === undefined) expect(line).toContain(undefined);
      else expect(program).toEqual(line);
    }),
  );
  expect(bothOf({ XDG_CONFIG_HOME: folder.path }, {}).program).toEqual(["https://hearth.example.com/base", "saved"]);
});
