import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { RealServer } from "@hearth/testkit";
import { expect, test } from "vitest";

test("the first start leaves who ran it logged in, and says commands that work anywhere; a later one leaves them alone", async () => {
  await using server = await RealServer.prepare();
  await server.start({ PATH: `/nowhere:${process.env["PATH"]}` });
  const home = server.dataDir;
  const file = (name: string) => join(home, ".config", "hearth", name);

  expect(await readFile(file("url"), "utf8")).toBe(`${server.url}\n`);
  const token = await readFile(file("session"), "utf8");
  expect((await stat(file("session"))).mode & 0o777).toBe(0o600);
  const create = /^ {4}(.+ )create dev --template starter/m.exec(server.output)?.[1] ?? "";
  expect(server.output).not.toContain(`${create}login`);
  const { stdout } = await promisify(execFile)("sh", ["-c", `${create} whoami --output json`], {
    cwd: "/",
    env: { PATH: process.env["PATH"], HOME: home },
  });
  expect(JSON.parse(stdout)).toMatchObject({ username: "owner" });

  await server.stop();
  await writeFile(file("session"), "another\n");
  await server.start();

  expect(await readFile(file("session"), "utf8")).toBe("another\n");
  expect(token).not.toBe("another\n");
  expect(server.output).toContain(`${create}login ${server.url}`);
});
