import { readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { csrfCookie, parseCookies } from "../ground/http/index.ts";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".woff2": "font/woff2",
  ".webmanifest": "application/manifest+json",
};

/** Scripts come from here only, none are inline; the terminal sets styles on its rows, which needs inline styles. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: https:",
  "connect-src 'self' ws: wss:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Serves the dashboard from its built folder: files as they are, every other page its one HTML file, into which the
 * visitor's CSRF token is written.
 */
export function serveDashboard(fastify: FastifyInstance, folder: string): void {
  fastify.get<Wildcard>("/assets/*", async (request, reply) => {
    const file = await findFile(folder, `assets/${request.params["*"]}`);
    if (file !== undefined) return await sendFile(request, reply, file, "public, max-age=31536000, immutable");
    // A part of a dashboard that was replaced meanwhile: a page in its place would not run as a script.
    reply.callNotFound();
    return reply;
  });
  fastify.get<Wildcard>("/*", async (request, reply) => {
    const file = await findFile(folder, request.params["*"]);
    if (file !== undefined) return await sendFile(request, reply, file, "no-cache");
    if (!isPage(request.params["*"])) {
      reply.callNotFound();
      return reply;
    }
    const page = await readPage(folder);
    if (page === undefined) {
      return await reply
        .code(503)
        .type("text/plain; charset=utf-8")
        .send(
          "The dashboard has not been built: start Hearth with `npm start`, or run `npm run build -w packages/web`.\n",
        );
    }
    // oxlint-disable-next-line hearth/no-dynamic-regexp -- of a name of ours
    const fresh = String(reply.getHeader("set-cookie") ?? "").match(new RegExp(`${csrfCookie}=([^;]+)`))?.[1];
    const token = fresh ?? parseCookies(request.headers.cookie).get(csrfCookie) ?? "";
    return await reply
      .type("text/html; charset=utf-8")
      .header("Cache-Control", "no-store")
      .header("Content-Security-Policy", contentSecurityPolicy)
      .header("Referrer-Policy", "same-origin")
      // Only our own alphabet: the cookie is the visitor's to set.
      .send(page.replace("__CSRF_TOKEN__", /^[A-Za-z0-9_-]+$/.test(token) ? token : ""));
  });
}

/** What the router took for the rest of the address, decoded once. */
interface Wildcard {
  Params: { "*": string };
}

/** Whether a page of the dashboard may have this address: it names no file, and nothing that programs ask for. */
function isPage(path: string): boolean {
  return path === "index.html" || (path !== "metrics" && !/\.[a-z0-9]{1,8}$/i.test(path));
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: string, caching: string) {
  const packed = await findPacked(file, request.headers["accept-encoding"]);
  if (packed !== undefined) reply.header("Content-Encoding", packed.encoding);
  return await reply
    .type(types[extname(file)] ?? "application/octet-stream")
    .header("Cache-Control", caching)
    .header("Vary", "Accept-Encoding")
    .send(await readFile(packed?.file ?? file));
}

/** A file has one spelling: what would lead there by dots or doubled slashes is none, and never leaves the folder. */
async function findFile(folder: string, path: string): Promise<string | undefined> {
  const file = join(folder, path);
  if (path === "" || file !== `${folder}/${path}` || path === "index.html" || path.includes("\0")) return undefined;
  const found = await stat(file).catch(() => undefined); // not there: the page answers
  return found?.isFile() === true ? file : undefined;
}

/** The file as the build has packed it, in the best way that the browser unpacks; undefined when there is none. */
async function findPacked(
  file: string,
  accepted: string | string[] | undefined,
): Promise<{ file: string; encoding: string } | undefined> {
  const words = String(accepted ?? "").split(/[\s,;]+/);
  for (const [encoding, suffix] of [
    ["br", ".br"],
    ["gzip", ".gz"],
  ] as const) {
    if (!words.includes(encoding)) continue;
    const found = await stat(file + suffix).catch(() => undefined); // too small to be worth it
    if (found?.isFile() === true) return { file: file + suffix, encoding };
  }
  return undefined;
}

async function readPage(folder: string): Promise<string | undefined> {
  return await readFile(join(folder, "index.html"), "utf8").catch(() => undefined); // not built
}
