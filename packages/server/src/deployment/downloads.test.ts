import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { TestFolder } from "@hearth/base/test-folder";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { serveDashboard } from "./dashboard.ts";
import { serveDownloads, takesGzip } from "./downloads.ts";

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

/** A program as `npm run package` leaves it. */
async function pack(content: string): Promise<string> {
  const hash = createHash("sha256").update(content).digest("hex");
  const file = `hearth-linux-x64-${hash.slice(0, 16)}.gz`;
  await writeFile(folder.join(file), gzipSync(content));
  const description = { file, sha256: hash, bytes: content.length };
  await writeFile(folder.join("hearth-linux-x64.json"), JSON.stringify(description));
  return hash;
}

test("the single executable is sent as it was packed, or unpacked on the way", async () => {
  const address = `${url}/bin/hearth-linux-x64`;
  const answer = await fetch(address);
  expect([answer.status, await answer.json()]).toEqual([
    404,
    { message: expect.stringContaining("npm run package"), code: "not_found" },
  ]);
  expect((await fetch(`${address}.sha256`)).status).toBe(404);

  const content = "#!/bin/sh\necho 0.1.0\n".repeat(10_000);
  const hash = await pack(content);
  for (const [coding, expected] of [
    ["gzip", "gzip"],
    ["identity", null],
    ["gzip;q=0, br", null],
  ] as const) {
    const sent = await fetch(address, { headers: { "Accept-Encoding": coding } });
    expect([sent.headers.get("content-encoding"), await sent.text()]).toEqual([expected, content]);
    expect(sent.headers.get("content-type")).toBe("application/octet-stream");
    const etag = sent.headers.get("etag") ?? "";
    expect([etag, sent.headers.get("x-checksum-sha256")]).toEqual([`"${hash}${expected ? "-gzip" : ""}"`, hash]);
    const head = await fetch(address, { method: "HEAD", headers: { "Accept-Encoding": coding } });
    expect(Number(head.headers.get("content-length"))).toBe(
      expected === null ? content.length : gzipSync(content).length,
    );
    const again = await fetch(address, { headers: { "Accept-Encoding": coding, "If-None-Match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  }
  expect(await (await fetch(`${address}.sha256`)).text()).toBe(`${hash}  hearth-linux-x64\n`);

  const other = await pack("packed again");
  const renewed = await fetch(address);
  expect([renewed.headers.get("x-checksum-sha256"), await renewed.text()]).toEqual([other, "packed again"]);
});

test.for([
  [undefined, false],
  ["", false],
  ["gzip", true],
  ["br, GZIP;q=0.5", true],
  ["gzip;q=0", false],
  ["gzip; q=0.000, br", false],
  ["x-gzip-like", false],
] as const)("Accept-Encoding %s: %s", ([header, expected]) => {
  expect(takesGzip(header)).toBe(expected);
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

/** Runs the script as people do, in an empty home; `edit` makes it that of another machine. */
async function install(
  home: string,
  { path = process.env["PATH"] ?? "", edit = (text: string) => text } = {},
): Promise<{ stdout: string; stderr: string; code?: number }> {
  const env = { HOME: home, PATH: path };
  const script = await (await fetch(`${url}/install.sh`, { headers: { Host: "evil.example" } })).text();
  await writeFile(`${home}/install.sh`, edit(script));
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

describe("a machine without Node", () => {
  /** What the script calls, and no Node; `uname` says what it is told to. */
  async function bare(home: TestFolder, machine = "x86_64"): Promise<string> {
    const path = home.join("programs");
    await mkdir(path);
    for (const name of ["sh", "curl", "sha256sum", "mktemp", "mkdir", "chmod", "mv", "rm"]) {
      await symlink(findProgram(name), `${path}/${name}`);
    }
    await writeFile(`${path}/uname`, `#!/bin/sh\n[ "$1" = -s ] && echo Linux || echo ${machine}\n`);
    await chmod(`${path}/uname`, 0o755);
    return path;
  }

  /** As if its C library were glibc, or were not. */
  const loader = (file: string) => (text: string) => text.replace(/^loader=.*$/m, `loader=${file}`);

  test("gets the single executable", async () => {
    await pack("#!/bin/sh\necho 0.1.0\n");
    await using home = new TestFolder();

    const { stdout, stderr } = await install(home.path, { path: await bare(home), edit: loader("/") });

    expect([stderr, stdout]).toEqual(["", expect.stringContaining(`Downloading ${url}/bin/hearth-linux-x64\n`)]);
    const installed = await promisify(execFile)(home.join(".local/bin/hearth"));
    expect(installed.stdout).toBe("0.1.0\n");
  });

  test.for([
    { name: "another machine", machine: "aarch64", says: "there is none here: install it from nodejs.org" },
    { name: "another C library", loader: "/nowhere", says: "apk add nodejs" },
    { name: "a server that has none", says: "npm run package" },
    { name: "a program that does not run there", program: "#!/bin/sh\nexit 1\n", says: "does not run here" },
  ])("$name: says what to do, and installs nothing", async ({ machine, loader: file = "/", program: packed, says }) => {
    if (packed !== undefined) await pack(packed);
    await using home = new TestFolder();

    const { code, stderr } = await install(home.path, { path: await bare(home, machine), edit: loader(file) });

    expect([code, stderr]).toEqual([1, expect.stringContaining(says)]);
    expect(await readdir(home.join(".local/bin")).catch(() => [])).toEqual([]);
  });
});

function findProgram(name: string): string {
  const found = (process.env["PATH"] ?? "").split(":").find((directory) => existsSync(`${directory}/${name}`));
  if (found === undefined) throw new Error(`There is no ${name} here.`);
  return `${found}/${name}`;
}
