import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { TestFolder } from "@hearth/base/test-folder";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serveDashboard } from "./dashboard.ts";
import { serveDownloads } from "./downloads.ts";

const program = "#!/usr/bin/env node\nconsole.log('it runs');\n";
const sha256 = createHash("sha256").update(program).digest("hex");
let folder: TestFolder;
let fastify: FastifyInstance;
let url: string;
/** What the server says its address is. */
let accessUrl: string;

beforeEach(async () => {
  folder = new TestFolder();
  await writeFile(folder.join("hearth.cjs"), program);
  fastify = Fastify();
  serveDownloads(fastify, folder.path, () => accessUrl);
  serveDashboard(fastify, folder.path);
  url = await fastify.listen({ host: "127.0.0.1", port: 0 });
  accessUrl = url;
});
afterEach(async () => {
  await fastify.close();
  await folder[Symbol.asyncDispose]();
});

test("the file comes with its checksum, packed or not, and only when it is new", async () => {
  const plain = await fetch(`${url}/bin/hearth`, { headers: { "Accept-Encoding": "identity" } });
  expect(await plain.text()).toBe(program);
  expect(plain.headers.get("x-checksum-sha256")).toBe(sha256);
  expect(plain.headers.get("etag")).toBe(`"${sha256}"`);

  const packed = await fetch(`${url}/bin/hearth`, { headers: { "Accept-Encoding": "gzip" } });
  expect([packed.headers.get("content-encoding"), await packed.text()]).toEqual(["gzip", program]);
  const etag = packed.headers.get("etag") ?? "";
  const again = await fetch(`${url}/bin/hearth`, { headers: { "Accept-Encoding": "gzip", "If-None-Match": etag } });
  expect([again.status, await again.text()]).toEqual([304, ""]);

  const head = await fetch(`${url}/bin/hearth`, { method: "HEAD" });
  expect([head.status, head.headers.get("x-checksum-sha256")]).toEqual([200, sha256]);
  expect(await (await fetch(`${url}/bin/hearth.sha256`)).text()).toBe(`${sha256}  hearth\n`);

  await writeFile(folder.join("hearth.cjs"), "another");
  expect(await (await fetch(`${url}/bin/hearth`)).text()).toBe("another");
});

test.for(["/bin/x", "/bin/hearth/x", "/bin/", "/other.sh", "/metrics", "/hearth.json"])(
  "%s is nothing",
  async (path) => {
    const answer = await fetch(url + path);

    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, expect.stringContaining("json")]);
  },
);

test("what was not built is said to be missing, and how it is made", async () => {
  await using empty = new TestFolder();
  await using bare = Fastify();
  serveDownloads(bare, empty.path, () => url);

  const answer = await bare.inject("/bin/hearth");

  expect([answer.statusCode, answer.json()]).toEqual([
    404,
    { message: expect.stringContaining("npm run build -w packages/cli"), code: "not_found" },
  ]);
});

/** Runs the script as people do, in an empty home. */
async function install(home: string): Promise<{ stdout: string; stderr: string; code?: number }> {
  const env = { HOME: home, PATH: process.env["PATH"] };
  await writeFile(
    `${home}/install.sh`,
    await (await fetch(`${url}/install.sh`, { headers: { Host: "evil.example" } })).text(),
  );
  return await promisify(execFile)("sh", [`${home}/install.sh`], { env }).catch(
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
}

test("the script installs a program that runs, and names the configured address", async () => {
  await using home = new TestFolder();

  const { stdout } = await install(home.path);

  expect(stdout).toContain(`Log in with: hearth login ${accessUrl}\n`);
  expect(await readFile(home.join("install.sh"), "utf8")).not.toContain("evil.example");
  const installed = home.join(".local/bin/hearth");
  expect((await stat(installed)).mode & 0o777).toBe(0o755);
  expect((await promisify(execFile)(process.execPath, [installed])).stdout).toBe("it runs\n");
});

test("the script installs nothing whose checksum is another", async () => {
  await using home = new TestFolder();
  await using other = Fastify();
  other.get("/bin/hearth", () => "not it");
  other.get("/bin/hearth.sha256", () => `${sha256}  hearth\n`);
  accessUrl = await other.listen({ host: "127.0.0.1", port: 0 });

  const { code, stderr } = await install(home.path);

  expect([code, stderr]).toEqual([1, expect.stringContaining("nothing is installed")]);
  expect(await readdir(home.join(".local/bin"))).toEqual([]);
});
