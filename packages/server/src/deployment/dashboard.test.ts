import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { TestFolder } from "@hearth/base/test-folder";
import Fastify from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveDashboard } from "./dashboard.ts";

const fastify = Fastify();
let scratch: TestFolder;
let parent: string;
let port: number;

beforeAll(async () => {
  scratch = new TestFolder();
  parent = scratch.path;
  const folder = join(parent, "dist");
  await mkdir(join(folder, "assets"), { recursive: true });
  await writeFile(join(folder, "index.html"), "the page");
  await writeFile(join(folder, "theme.js"), "the theme");
  await writeFile(join(folder, "assets", "app-1.js"), "the script");
  await writeFile(join(parent, "dist-secret"), "the secret");
  serveDashboard(fastify, folder);
  port = Number(new URL(await fastify.listen({ host: "127.0.0.1", port: 0 })).port);
});
afterAll(async () => {
  await fastify.close();
  await scratch[Symbol.asyncDispose]();
});

/** Asks for the path as it is written. */
async function ask(path: string): Promise<{ status: number | undefined; body: string; caching: string | undefined }> {
  const asked = request({ host: "127.0.0.1", port, path, agent: false }).end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return { status: answer.statusCode, body: await text(answer), caching: answer.headers["cache-control"] };
}

const forEver = "public, max-age=31536000, immutable";

test.for([
  ["/assets/app-1.js", "the script", forEver],
  ["/%61ssets/app%2d1.js", "the script", forEver],
  ["/assets/app-1.js?x=1", "the script", forEver],
  ["/theme.js", "the theme", "no-cache"],
  ["/them%65.js", "the theme", "no-cache"],
  ["/", "the page", "no-store"],
  ["/index.html", "the page", "no-store"],
  ["/workspaces/a%2Fb", "the page", "no-store"],
  ["/theme.js/", "the page", "no-store"],
  ["/theme.js;a", "the page", "no-store"],
  ["/theme.js%00", "the page", "no-store"],
  ["/../dist-secret", "the page", "no-store"],
  ["/..%2fdist-secret", "the page", "no-store"],
  ["/%2e%2e/dist-secret", "the page", "no-store"],
  ["/..%5cdist-secret", "the page", "no-store"],
  ["/..%252fdist-secret", "the page", "no-store"],
] as const)("%s is %s", async ([path, body, caching]) => {
  await expect(ask(path)).resolves.toEqual({ status: 200, body, caching });
});

test.for([
  "/assets/app-2.js",
  "//theme.js",
  "/./theme.js",
  "/x/../theme.js",
  "/THEME.js",
  "/install.sh",
  "/assets/../theme.js",
  "/assets/%2e%2e/theme.js",
  "/assets/..%2f..%2fdist-secret",
  "/assets//app-1.js",
  "/assets/./app-1.js",
  "/assets/",
])("%s is nothing, and is kept by nobody", async (path) => {
  const { status, body, caching } = await ask(path);

  expect([status, caching]).toEqual([404, undefined]);
  expect(body).not.toMatch(/^the /);
});
